/** Functions of JSON: of STRINGs that hold some, and of the type JSON. */
export const JSON_TABLE = `
JSON_QUERY(JSON) -> JSON: bq_json_query($1, '$', true)::JSON
JSON_QUERY(JSON, STRING) -> JSON: @jsonQuery
JSON_QUERY(STRING) -> STRING: bq_json_query($1, '$', false)
JSON_QUERY(STRING, STRING) -> STRING: @jsonQuery
JSON_EXTRACT(JSON) -> JSON: bq_json_query($1, '$', true)::JSON
JSON_EXTRACT(JSON, STRING) -> JSON: @jsonQuery
JSON_EXTRACT(STRING) -> STRING: bq_json_query($1, '$', false)
JSON_EXTRACT(STRING, STRING) -> STRING: @jsonQuery
JSON_VALUE(JSON) -> STRING: bq_json_value($1, '$')
JSON_VALUE(JSON, STRING) -> STRING: @jsonValue
JSON_VALUE(STRING) -> STRING: bq_json_value($1, '$')
JSON_VALUE(STRING, STRING) -> STRING: @jsonValue
JSON_EXTRACT_SCALAR(JSON) -> STRING: bq_json_value($1, '$')
JSON_EXTRACT_SCALAR(JSON, STRING) -> STRING: @jsonValue
JSON_EXTRACT_SCALAR(STRING) -> STRING: bq_json_value($1, '$')
JSON_EXTRACT_SCALAR(STRING, STRING) -> STRING: @jsonValue
JSON_QUERY_ARRAY(JSON) -> ARRAY<JSON>: CAST(bq_json_query_array($1, '$', true) AS JSON[])
JSON_QUERY_ARRAY(JSON, STRING) -> ARRAY<JSON>: @jsonQueryArray
JSON_QUERY_ARRAY(STRING) -> ARRAY<STRING>: bq_json_query_array($1, '$', false)
JSON_QUERY_ARRAY(STRING, STRING) -> ARRAY<STRING>: @jsonQueryArray
JSON_EXTRACT_ARRAY(JSON) -> ARRAY<JSON>: CAST(bq_json_query_array($1, '$', true) AS JSON[])
JSON_EXTRACT_ARRAY(JSON, STRING) -> ARRAY<JSON>: @jsonQueryArray
JSON_EXTRACT_ARRAY(STRING) -> ARRAY<STRING>: bq_json_query_array($1, '$', false)
JSON_EXTRACT_ARRAY(STRING, STRING) -> ARRAY<STRING>: @jsonQueryArray
JSON_VALUE_ARRAY(JSON) -> ARRAY<STRING>: bq_json_value_array($1, '$')
JSON_VALUE_ARRAY(JSON, STRING) -> ARRAY<STRING>: @jsonValueArray
JSON_VALUE_ARRAY(STRING) -> ARRAY<STRING>: bq_json_value_array($1, '$')
JSON_VALUE_ARRAY(STRING, STRING) -> ARRAY<STRING>: @jsonValueArray
JSON_EXTRACT_STRING_ARRAY(STRING) -> ARRAY<STRING>: bq_json_value_array($1, '$')
JSON_EXTRACT_STRING_ARRAY(STRING, STRING) -> ARRAY<STRING>: @jsonValueArray
JSON_EXTRACT_STRING_ARRAY(JSON) -> ARRAY<STRING>: bq_json_value_array($1, '$')
JSON_EXTRACT_STRING_ARRAY(JSON, STRING) -> ARRAY<STRING>: @jsonValueArray
PARSE_JSON(STRING) -> JSON: bq_parse_json($1)::JSON
TO_JSON(ANY) -> JSON: @toJson
TO_JSON_STRING(ANY) -> STRING: @toJsonString
JSON_TYPE(JSON) -> STRING: bq_json_type($1)
JSON_KEYS(JSON) -> ARRAY<STRING>: bq_json_keys($1)
BOOL(JSON) -> BOOL: bq_json_bool($1)
INT64(JSON) -> INT64: bq_json_int64($1)
FLOAT64(JSON) -> FLOAT64: bq_json_float64($1)
DOUBLE(JSON) -> FLOAT64: bq_json_float64($1)
LAX_BOOL(JSON) -> BOOL: bq_lax_bool($1)
LAX_INT64(JSON) -> INT64: bq_lax_int64($1)
LAX_FLOAT64(JSON) -> FLOAT64: bq_lax_float64($1)
LAX_DOUBLE(JSON) -> FLOAT64: bq_lax_float64($1)
LAX_STRING(JSON) -> STRING: bq_lax_string($1)
JSON_ARRAY(ANY…0) -> JSON: @jsonArray
JSON_OBJECT(ANY…0) -> JSON: @jsonObject
`;
