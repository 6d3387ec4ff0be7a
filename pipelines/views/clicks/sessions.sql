-- Visits: the clicks of a visitor (an address) until half an hour without one, with the pages they began and ended on
WITH clicks AS (
  SELECT
    remote AS visitor, event_time AS clicked, path,
    ROW_NUMBER() OVER visits AS place,
    LAG(event_time) OVER visits AS previous
  FROM {events}
  WHERE method = 'GET' AND status < 400 AND NOT REGEXP_CONTAINS(path, r'\.(png|jpg|gif|ico|css|js)$')
  WINDOW visits AS (PARTITION BY remote ORDER BY event_time, event_source, event_id)
), numbered AS (
  SELECT
    visitor, clicked, path, place,
    COUNTIF(previous IS NULL OR clicked >= TIMESTAMP_ADD(previous, INTERVAL 30 MINUTE))
      OVER (PARTITION BY visitor ORDER BY place) AS visit
  FROM clicks
)
SELECT
  visitor, visit,
  MIN(clicked) AS began,
  MAX(clicked) AS ended,
  TIMESTAMP_DIFF(MAX(clicked), MIN(clicked), SECOND) AS seconds,
  COUNT(*) AS clicks,
  COUNT(DISTINCT path) AS pages,
  ARRAY_AGG(path ORDER BY place LIMIT 1)[OFFSET(0)] AS landing,
  ARRAY_AGG(path ORDER BY place DESC LIMIT 1)[OFFSET(0)] AS last
FROM numbered
GROUP BY visitor, visit
