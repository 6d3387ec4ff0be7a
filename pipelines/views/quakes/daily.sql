-- Earthquakes by day and network: how many, the strongest, and how deep they were on average
SELECT
  DATE(event_time) AS day,
  properties.net AS network,
  COUNT(*) AS quakes,
  MAX(properties.mag) AS strongest,
  AVG(geometry.coordinates[SAFE_OFFSET(2)]) AS mean_depth
FROM {events}
GROUP BY day, network
