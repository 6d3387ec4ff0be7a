-- Who comes back: of the visitors whose first click was in a week (from Monday), how many clicked again so many weeks later
WITH active AS (
  SELECT DISTINCT remote AS visitor, DATE_TRUNC(DATE(event_time), WEEK(MONDAY)) AS week
  FROM {events}
  WHERE method = 'GET' AND status < 400
), first_weeks AS (
  SELECT visitor, MIN(week) AS cohort FROM active GROUP BY visitor
), sizes AS (
  SELECT cohort, COUNT(*) AS size FROM first_weeks GROUP BY cohort
)
SELECT
  cohort,
  DATE_DIFF(week, cohort, WEEK(MONDAY)) AS weeks_later,
  COUNT(*) AS visitors,
  COUNT(*) / ANY_VALUE(size) AS share
FROM active JOIN first_weeks USING (visitor) JOIN sizes USING (cohort)
GROUP BY cohort, weeks_later
