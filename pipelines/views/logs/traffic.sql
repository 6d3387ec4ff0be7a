-- Requests by hour and status class, with bytes and visitors (addresses)
SELECT
  TIMESTAMP_TRUNC(event_time, HOUR) AS hour,
  statusClass AS status_class,
  COUNT(*) AS requests,
  SUM(bytes) AS bytes,
  COUNT(DISTINCT remote) AS visitors
FROM {events}
GROUP BY hour, status_class
