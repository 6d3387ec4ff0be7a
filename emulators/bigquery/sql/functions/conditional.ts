/** Conditional expressions, and ERROR. */
export const CONDITIONAL_TABLE = `
IF(BOOL, T, T) -> T: CASE WHEN $1 THEN $2 ELSE $3 END
IFNULL(T, T) -> T: coalesce($1, $2)
COALESCE(T…) -> T: coalesce($*)
NULLIF(T, T) -> T: @nullif
GREATEST(T…) -> T: @extreme
LEAST(T…) -> T: @extreme
ERROR(STRING) -> INT64: CAST(bq_error($1) AS BIGINT)
`;
