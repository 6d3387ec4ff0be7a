-- What is asked for, and how often in vain: requests, visitors, failures and bytes by path without its query
SELECT
  REGEXP_EXTRACT(path, r'^[^?]*') AS path,
  COUNT(*) AS requests,
  COUNT(DISTINCT remote) AS visitors,
  COUNTIF(status >= 400 AND status < 500) AS refused,
  COUNTIF(status >= 500) AS failed,
  SUM(bytes) AS bytes
FROM {events}
WHERE path IS NOT NULL
GROUP BY 1
