-- Where the earth quakes: quakes by region, the strongest of them, and when it was
SELECT
  IFNULL(REGEXP_EXTRACT(properties.place, r', ([^,]+)$'), properties.place) AS region,
  COUNT(*) AS quakes,
  MAX(properties.mag) AS strongest,
  ANY_VALUE(event_time HAVING MAX properties.mag) AS strongest_at
FROM {events}
WHERE properties.place IS NOT NULL
GROUP BY region
