/** Aggregate functions: `$D` DISTINCT, `$E` ORDER BY inside the call, `$O` OVER. */
export const AGGREGATE_TABLE = `
COUNT() -> INT64: count(*)$O
COUNT(T) -> INT64: count($D$1)$O
COUNTIF(BOOL) -> INT64: count($DCASE WHEN $1 THEN true END)$O
SUM(INT64) -> INT64: CAST(sum($D$1)$O AS BIGINT)
SUM(NUMERIC) -> NUMERIC: CAST(sum($D$1)$O AS DECIMAL(38,9))
SUM(FLOAT64) -> FLOAT64: sum($D$1)$O
AVG(INT64) -> FLOAT64: avg($D$1)$O
AVG(NUMERIC) -> NUMERIC: bq_numeric_divide(CAST(sum($D$1)$O AS DECIMAL(38,9)), CAST(nullif(count($D$1)$O, 0) AS DECIMAL(38,9)))
AVG(FLOAT64) -> FLOAT64: avg($D$1)$O
MIN(FLOAT64) -> FLOAT64: CASE WHEN bool_or(isnan($1))$O THEN 'nan'::DOUBLE ELSE min($1)$O END
MIN(T) -> T: @ordered
MAX(T) -> T: @ordered
ANY_VALUE(T) -> T: @anyValue
ARRAY_AGG(T) -> ARRAY<T>: @arrayAgg
ARRAY_CONCAT_AGG(ARRAY<T>) -> ARRAY<T>: @arrayConcatAgg
STRING_AGG(STRING) -> STRING: @stringAgg
STRING_AGG(STRING, STRING) -> STRING: @stringAgg
LOGICAL_AND(BOOL) -> BOOL: bool_and($1)$O
LOGICAL_OR(BOOL) -> BOOL: bool_or($1)$O
BIT_AND(INT64) -> INT64: bit_and($1)$O
BIT_OR(INT64) -> INT64: bit_or($1)$O
BIT_XOR(INT64) -> INT64: bit_xor($D$1)$O
APPROX_COUNT_DISTINCT(T) -> INT64: count(DISTINCT $1)$O
APPROX_QUANTILES(T, INT64) -> ARRAY<T>: @quantiles
APPROX_TOP_COUNT(T, INT64) -> ARRAY<T>: @topCount
STDDEV(FLOAT64) -> FLOAT64: stddev_samp($D$1)$O
STDDEV_SAMP(FLOAT64) -> FLOAT64: stddev_samp($D$1)$O
STDDEV_POP(FLOAT64) -> FLOAT64: stddev_pop($D$1)$O
VARIANCE(FLOAT64) -> FLOAT64: var_samp($D$1)$O
VAR_SAMP(FLOAT64) -> FLOAT64: var_samp($D$1)$O
VAR_POP(FLOAT64) -> FLOAT64: var_pop($D$1)$O
CORR(FLOAT64, FLOAT64) -> FLOAT64: corr($1, $2)$O
COVAR_POP(FLOAT64, FLOAT64) -> FLOAT64: covar_pop($1, $2)$O
COVAR_SAMP(FLOAT64, FLOAT64) -> FLOAT64: covar_samp($1, $2)$O
GROUPING(T) -> INT64: CAST(grouping($1) AS BIGINT)
PERCENTILE_CONT(FLOAT64, FLOAT64) -> FLOAT64: @percentile
PERCENTILE_DISC(T, FLOAT64) -> T: @percentile
`;

/** Functions that need OVER: `$N` IGNORE or RESPECT NULLS, `$!` needs ORDER BY, `$-` allows no frame. */
export const WINDOW_TABLE = `
ROW_NUMBER() -> INT64: row_number()$O$-
RANK() -> INT64: rank()$O$-$!
DENSE_RANK() -> INT64: dense_rank()$O$-$!
PERCENT_RANK() -> FLOAT64: percent_rank()$O$-$!
CUME_DIST() -> FLOAT64: cume_dist()$O$-$!
NTILE(INT64) -> INT64: ntile($1)$O$-$!
LAG(T) -> T: lag($1)$O$-$!
LAG(T, INT64) -> T: lag($1, $2)$O$-$!
LAG(T, INT64, T) -> T: lag($1, $2, $3)$O$-$!
LEAD(T) -> T: lead($1)$O$-$!
LEAD(T, INT64) -> T: lead($1, $2)$O$-$!
LEAD(T, INT64, T) -> T: lead($1, $2, $3)$O$-$!
FIRST_VALUE(T) -> T: first_value($1$N)$O$!
LAST_VALUE(T) -> T: last_value($1$N)$O$!
NTH_VALUE(T, INT64) -> T: nth_value($1, $2$N)$O$!
`;
