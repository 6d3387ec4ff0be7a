/** Functions of arrays. */
export const ARRAY_TABLE = `
ARRAY_LENGTH(ARRAY<T>) -> INT64: len($1)
ARRAY_REVERSE(ARRAY<T>) -> ARRAY<T>: list_reverse($1)
ARRAY_CONCAT(ARRAY<T>…) -> ARRAY<T>: @arrayConcat
ARRAY_FIRST(ARRAY<T>) -> T: @arrayEnd
ARRAY_LAST(ARRAY<T>) -> T: @arrayEnd
ARRAY_TO_STRING(ARRAY<STRING>, STRING) -> STRING: array_to_string(list_filter($1, lambda each: each IS NOT NULL), $2)
ARRAY_TO_STRING(ARRAY<STRING>, STRING, STRING) -> STRING: CASE WHEN $3 IS NULL THEN NULL ELSE array_to_string(list_transform($1, lambda each: coalesce(each, $3)), $2) END
GENERATE_ARRAY(INT64, INT64) -> ARRAY<INT64>: generate_series($1, $2)
GENERATE_ARRAY(INT64, INT64, INT64) -> ARRAY<INT64>: generate_series($1, $2, bq_step($3))
GENERATE_ARRAY(NUMERIC, NUMERIC) -> ARRAY<NUMERIC>: list_transform(generate_series(0, CAST(floor($2 - $1) AS BIGINT)), lambda each: CAST($1 + each AS DECIMAL(38,9)))
GENERATE_ARRAY(NUMERIC, NUMERIC, NUMERIC) -> ARRAY<NUMERIC>: list_transform(generate_series(0, CAST(floor(bq_numeric_divide(CAST($2 - $1 AS DECIMAL(38,9)), $3)) AS BIGINT)), lambda each: CAST($1 + bq_numeric_multiply(CAST(each AS DECIMAL(38,9)), $3) AS DECIMAL(38,9)))
GENERATE_ARRAY(FLOAT64, FLOAT64) -> ARRAY<FLOAT64>: list_transform(generate_series(0, CAST(floor($2 - $1) AS BIGINT)), lambda each: $1 + each)
GENERATE_ARRAY(FLOAT64, FLOAT64, FLOAT64) -> ARRAY<FLOAT64>: list_transform(generate_series(0, CAST(floor(bq_float_divide($2 - $1, $3)) AS BIGINT)), lambda each: $1 + each * $3)
GENERATE_DATE_ARRAY(DATE, DATE) -> ARRAY<DATE>: list_transform(generate_series(date_diff('day', DATE '1970-01-01', $1), date_diff('day', DATE '1970-01-01', $2)), lambda each: DATE '1970-01-01' + CAST(each AS INTEGER))
GENERATE_DATE_ARRAY(DATE, DATE, INTERVAL) -> ARRAY<DATE>: @dateArray
GENERATE_TIMESTAMP_ARRAY(TIMESTAMP, TIMESTAMP, INTERVAL) -> ARRAY<TIMESTAMP>: @timestampArray
`;
