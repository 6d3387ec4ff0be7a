-- How far visitors get: of those who came, how many read on, looked at a project afterwards, and then took a file. A step
-- counts for a visitor only after the one before it
WITH clicks AS (
  SELECT remote AS visitor, event_time AS clicked, path
  FROM {events}
  WHERE method = 'GET' AND status < 400 AND NOT REGEXP_CONTAINS(path, r'\.(png|jpg|gif|ico|css|js)$')
), came AS (
  SELECT visitor, MIN(clicked) AS reached FROM clicks GROUP BY visitor
), read_on AS (
  SELECT visitor, MIN(clicked) AS reached
  FROM clicks JOIN came USING (visitor) WHERE clicked > reached GROUP BY visitor
), looked AS (
  SELECT visitor, MIN(clicked) AS reached
  FROM clicks JOIN read_on USING (visitor)
  WHERE clicked >= reached AND STARTS_WITH(path, '/projects/') GROUP BY visitor
), took AS (
  SELECT visitor, MIN(clicked) AS reached
  FROM clicks JOIN looked USING (visitor)
  WHERE clicked > reached AND STARTS_WITH(path, '/files/') GROUP BY visitor
), steps AS (
  SELECT 1 AS step, 'came' AS name, COUNT(*) AS visitors FROM came
  UNION ALL SELECT 2, 'read on', COUNT(*) FROM read_on
  UNION ALL SELECT 3, 'looked at a project', COUNT(*) FROM looked
  UNION ALL SELECT 4, 'took a file', COUNT(*) FROM took
)
SELECT
  step, name, visitors,
  SAFE_DIVIDE(visitors, FIRST_VALUE(visitors) OVER (ORDER BY step)) AS of_all,
  SAFE_DIVIDE(visitors, LAG(visitors) OVER (ORDER BY step)) AS of_previous
FROM steps
