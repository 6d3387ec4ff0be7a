/** Functions of text (by characters) and bytes. Regular expressions are RE2 in both systems. */
export const STRING_TABLE = `
UPPER(STRING) -> STRING: bq_upper($1)
LOWER(STRING) -> STRING: bq_lower($1)
INITCAP(STRING) -> STRING: bq_initcap($1)
LENGTH(STRING) -> INT64: length($1)
LENGTH(BYTES) -> INT64: octet_length($1)
CHAR_LENGTH(STRING) -> INT64: length($1)
CHARACTER_LENGTH(STRING) -> INT64: length($1)
BYTE_LENGTH(STRING) -> INT64: strlen($1)
BYTE_LENGTH(BYTES) -> INT64: octet_length($1)
OCTET_LENGTH(STRING) -> INT64: strlen($1)
OCTET_LENGTH(BYTES) -> INT64: octet_length($1)
CONCAT(STRING…) -> STRING: @concatenation
CONCAT(BYTES…) -> BYTES: @concatenation
STARTS_WITH(STRING, STRING) -> BOOL: starts_with($1, $2)
ENDS_WITH(STRING, STRING) -> BOOL: ends_with($1, $2)
SUBSTR(STRING, INT64) -> STRING: bq_substr($1, $2, NULL)
SUBSTR(STRING, INT64, INT64) -> STRING: CASE WHEN $3 IS NULL THEN NULL ELSE bq_substr($1, $2, $3) END
SUBSTRING(STRING, INT64) -> STRING: bq_substr($1, $2, NULL)
SUBSTRING(STRING, INT64, INT64) -> STRING: CASE WHEN $3 IS NULL THEN NULL ELSE bq_substr($1, $2, $3) END
SUBSTR(BYTES, INT64) -> BYTES: bq_substr_bytes($1, $2, NULL)
SUBSTR(BYTES, INT64, INT64) -> BYTES: CASE WHEN $3 IS NULL THEN NULL ELSE bq_substr_bytes($1, $2, $3) END
LEFT(STRING, INT64) -> STRING: bq_left($1, $2)
RIGHT(STRING, INT64) -> STRING: bq_right($1, $2)
TRIM(STRING) -> STRING: bq_trim($1, NULL, 'both')
TRIM(STRING, STRING) -> STRING: CASE WHEN $2 IS NULL THEN NULL ELSE bq_trim($1, $2, 'both') END
LTRIM(STRING) -> STRING: bq_trim($1, NULL, 'left')
LTRIM(STRING, STRING) -> STRING: CASE WHEN $2 IS NULL THEN NULL ELSE bq_trim($1, $2, 'left') END
RTRIM(STRING) -> STRING: bq_trim($1, NULL, 'right')
RTRIM(STRING, STRING) -> STRING: CASE WHEN $2 IS NULL THEN NULL ELSE bq_trim($1, $2, 'right') END
LPAD(STRING, INT64) -> STRING: bq_pad($1, $2, ' ', true)
LPAD(STRING, INT64, STRING) -> STRING: bq_pad($1, $2, $3, true)
RPAD(STRING, INT64) -> STRING: bq_pad($1, $2, ' ', false)
RPAD(STRING, INT64, STRING) -> STRING: bq_pad($1, $2, $3, false)
REPEAT(STRING, INT64) -> STRING: bq_repeat($1, $2)
REPLACE(STRING, STRING, STRING) -> STRING: bq_replace($1, $2, $3)
REVERSE(STRING) -> STRING: bq_reverse($1)
TRANSLATE(STRING, STRING, STRING) -> STRING: bq_translate($1, $2, $3)
STRPOS(STRING, STRING) -> INT64: bq_instr($1, $2, 1, 1)
INSTR(STRING, STRING) -> INT64: bq_instr($1, $2, 1, 1)
INSTR(STRING, STRING, INT64) -> INT64: bq_instr($1, $2, $3, 1)
INSTR(STRING, STRING, INT64, INT64) -> INT64: bq_instr($1, $2, $3, $4)
CONTAINS_SUBSTR(STRING, STRING) -> BOOL: bq_contains_substr($1, $2)
SPLIT(STRING) -> ARRAY<STRING>: bq_split($1, ',')
SPLIT(STRING, STRING) -> ARRAY<STRING>: bq_split($1, $2)
ASCII(STRING) -> INT64: bq_ascii($1)
UNICODE(STRING) -> INT64: bq_unicode($1)
CHR(INT64) -> STRING: bq_chr($1)
TO_CODE_POINTS(STRING) -> ARRAY<INT64>: CAST(bq_code_points($1) AS BIGINT[])
CODE_POINTS_TO_STRING(ARRAY<INT64>) -> STRING: bq_from_code_points(CAST($1 AS VARCHAR[]))
NORMALIZE(STRING) -> STRING: bq_normalize($1, 'NFC')
NORMALIZE(STRING, normalization) -> STRING: @normalization
EDIT_DISTANCE(STRING, STRING) -> INT64: levenshtein($1, $2)
SOUNDEX(STRING) -> STRING: bq_soundex($1)
TO_HEX(BYTES) -> STRING: lower(hex($1))
FROM_HEX(STRING) -> BYTES: bq_from_hex($1)
TO_BASE64(BYTES) -> STRING: to_base64($1)
FROM_BASE64(STRING) -> BYTES: bq_from_base64($1)
SAFE_CONVERT_BYTES_TO_STRING(BYTES) -> STRING: bq_bytes_to_string($1)
REGEXP_CONTAINS(STRING, STRING) -> BOOL: regexp_matches($1, $2)
REGEXP_EXTRACT(STRING, STRING) -> STRING: @regexpExtract
REGEXP_SUBSTR(STRING, STRING) -> STRING: @regexpExtract
REGEXP_EXTRACT_ALL(STRING, STRING) -> ARRAY<STRING>: @regexpExtractAll
REGEXP_REPLACE(STRING, STRING, STRING) -> STRING: @regexpReplace
REGEXP_INSTR(STRING, STRING) -> INT64: @regexpInstr
FORMAT(STRING) -> STRING: @format
FORMAT(STRING, ANY…) -> STRING: @format
`;
