-- Error budget by day: of a thousand requests of 30 days one may fail (5xx). burn_rate is how many times faster than
-- that the day failed, spent and budget_left are shares of the budget of the 30 days that end with the day
WITH days AS (
  SELECT DATE(event_time) AS day, COUNT(*) AS requests, COUNTIF(status >= 500) AS errors
  FROM {events}
  GROUP BY day
), spans AS (
  SELECT
    day, requests, errors,
    SUM(requests) OVER recent * 0.001 AS allowed,
    SUM(errors) OVER recent AS failed
  FROM days
  WINDOW recent AS (ORDER BY UNIX_DATE(day) RANGE BETWEEN 29 PRECEDING AND CURRENT ROW)
)
SELECT
  day, requests, errors,
  1 - errors / requests AS availability,
  errors / (requests * 0.001) AS burn_rate,
  failed / allowed AS spent,
  GREATEST(0, 1 - failed / allowed) AS budget_left
FROM spans
