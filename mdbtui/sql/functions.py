"""Which function calls surely leave nothing behind in the session."""

from __future__ import annotations

HARMLESS = frozenset(
    """
abs acos age aggregate all and any any_value array array_agg array_append array_cat
array_dims array_fill array_length array_lower array_ndims array_position
array_positions array_prepend array_remove array_replace array_to_json
array_to_string array_upper as ascii asin atan atan2 avg between bernoulli bit
bit_and bit_length bit_or bool_and bool_or btrim by cardinality case cast cbrt ceil
ceiling char character char_length character_length chr clock_timestamp coalesce
col_description collate concat concat_ws convert_from convert_to corr cos cot count
covar_pop covar_samp cross cube cume_dist current_database current_schema
current_schemas current_setting current_user date_bin date_part date_trunc decimal
decode degrees dense_rank distinct div else encode end escape every except exists exp
extract filter first_value float floor for format format_type from gen_random_uuid
generate_series generate_subscripts get_byte greatest group grouping
has_database_privilege has_function_privilege has_schema_privilege
has_table_privilege having hashtext hashtextextended host ilike in initcap inner
intersect interval is isfinite join json json_agg json_array_elements
json_array_elements_text json_array_length json_build_array json_build_object
json_each json_each_text json_extract_path json_extract_path_text json_object
json_object_agg json_object_keys json_populate_record json_populate_recordset
json_to_record json_to_recordset json_typeof jsonb_agg jsonb_array_elements
jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object
jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_object
jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query
jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set
jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days
justify_hours justify_interval lag last_value lateral lead least left length like
limit ln localtime localtimestamp log lower lpad ltrim make_date make_interval
make_time make_timestamp make_timestamptz materialized max md5 min mod mode not now
nth_value ntile nullif num_nonnulls num_nulls numeric obj_description octet_length
offset on or order ordinality over overlaps overlay parse_ident percent_rank
percentile_cont percentile_disc pg_backend_pid pg_blocking_pids pg_client_encoding
pg_column_size pg_conf_load_time pg_current_wal_lsn pg_database_size
pg_encoding_to_char pg_get_constraintdef pg_get_expr pg_get_functiondef
pg_get_indexdef pg_get_ruledef pg_get_serial_sequence pg_get_triggerdef
pg_get_userbyid pg_get_viewdef pg_indexes_size pg_is_in_recovery
pg_listening_channels pg_postmaster_start_time pg_relation_filepath
pg_relation_size pg_size_bytes pg_size_pretty pg_sleep pg_table_is_visible
pg_table_size pg_tablespace_size pg_total_relation_size pg_typeof
pg_wal_lsn_diff pi position power quote_ident quote_literal quote_nullable radians
random range_agg rank regexp_count regexp_like regexp_match regexp_matches
regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat
replace returning reverse right rollup round row row_number row_to_json rpad rtrim
select set_bit set_byte sets sha224 sha256 sha384 sha512 shobj_description sign
similar similarity sin some split_part sqrt starts_with statement_timestamp stddev
stddev_pop stddev_samp string_agg string_to_array string_to_table strpos substr
substring sum system tan then time timeofday timestamp timestamptz to to_ascii
to_char to_date to_hex to_json to_jsonb to_number to_regclass to_regproc to_regtype
to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trunc
ts_headline ts_rank unaccent union unnest upper using uuidv4 uuidv7 values varchar
variance var_pop var_samp version websearch_to_tsquery when where width_bucket with
within xmlagg xmlelement xmlforest xmlserialize
""".split()  # noqa: SIM905  that many quoted words are not easier to read
)
"""Words that may stand before a parenthesis in a query that changes no session: the
everyday functions, and keywords. A function that is not here may do anything."""
