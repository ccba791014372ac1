"""The words of PostgreSQL's SQL: all keywords, those that are coloured, and types."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


KEYWORDS = _set(
    """
    abort absent absolute access action add admin after aggregate all also alter
    always analyse analyze and any array as asc asensitive assertion assignment
    asymmetric at atomic attach attribute authorization backward before begin
    between bigint binary bit boolean both breadth by cache call called cascade
    cascaded case cast catalog chain char character characteristics check
    checkpoint class close cluster coalesce collate collation column columns
    comment comments commit committed compression concurrently conditional
    configuration conflict connection constraint constraints content continue
    conversion copy cost create cross csv cube current current_catalog
    current_date current_role current_schema current_time current_timestamp
    current_user cursor cycle data database day deallocate dec decimal declare
    default defaults deferrable deferred definer delete delimiter delimiters
    depends depth desc detach dictionary disable discard distinct do document
    domain double drop each else empty enable encoding encrypted end enforced
    enum error escape event except exclude excluding exclusive execute exists
    explain expression extension external extract false family fetch filter
    finalize first float following for force foreign format forward freeze from
    full function functions generated global grant granted greatest group
    grouping groups handler having header hold hour identity if ilike immediate
    immutable implicit import in include including increment indent index
    indexes inherit inherits initially inline inner inout input insensitive
    insert instead int integer intersect interval into invoker is isnull
    isolation join json json_array json_arrayagg json_exists json_object
    json_objectagg json_query json_scalar json_serialize json_table json_value
    keep key keys label language large last lateral leading leakproof least left
    level like limit listen load local localtime localtimestamp location lock
    locked logged mapping match matched materialized maxvalue merge merge_action
    method minute minvalue mode month move name names national natural nchar
    nested new next nfc nfd nfkc nfkd no none normalize normalized not nothing
    notify notnull nowait null nullif nulls numeric object objects of off offset
    oids old omit on only operator option options or order ordinality others out
    outer over overlaps overlay overriding owned owner parallel parameter parser
    partial partition passing password path period placing plan plans policy
    position preceding precision prepare prepared preserve primary prior
    privileges procedural procedure procedures program publication quote quotes
    range read real reassign recursive ref references referencing refresh
    reindex relative release rename repeatable replace replica reset restart
    restrict return returning returns revoke right role rollback rollup routine
    routines row rows rule savepoint scalar schema schemas scroll search second
    security select sequence sequences serializable server session session_user
    set setof sets share show similar simple skip smallint snapshot some source
    sql stable standalone start statement statistics stdin stdout storage stored
    strict string strip subscription substring support symmetric sysid system
    system_user table tables tablesample tablespace target temp template
    temporary text then ties time timestamp to trailing transaction transform
    treat trigger trim true truncate trusted type types uescape unbounded
    uncommitted unconditional unencrypted union unique unknown unlisten unlogged
    until update user using vacuum valid validate validator value values varchar
    variadic varying verbose version view views virtual volatile when where
    whitespace window with within without work wrapper write xml xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
    xmlroot xmlserialize xmltable year yes zone
    """
)
"""Every keyword of PostgreSQL 18 (`pg_get_keywords()`), reserved or not."""

_NAMES = _set(
    """
    absolute access action admin assertion assignment attribute backward breadth
    catalog characteristics class coalesce comments compression configuration
    connection constraints content conversion csv current data day defaults
    delimiter delimiters depends depth dictionary document encoding encrypted
    enforced error event exclusive expression family format forward functions
    greatest header hour identity implicit indent indexes input keys label large
    leakproof least location locked logged mapping match method minute mode
    month name names new nullif object objects off oids old ordinality others
    parameter parser password path period plan plans position prior privileges
    program quote quotes ref relative replica scalar schemas search second
    security sequences simple source standalone statistics storage stored string
    strip support sysid system tables target template text time timestamp
    trusted types valid validator value version views whitespace wrapper xml
    year yes
    """
)
"""Keywords that are far more often the name of a column."""

TYPES = _set(
    """
    aclitem anyarray anycompatible anycompatiblearray anycompatiblemultirange
    anycompatiblenonarray anycompatiblerange anyelement anyenum anymultirange
    anynonarray anyrange bigint bigserial bit bool boolean bpchar bytea char
    character cid cidr citext cstring date datemultirange daterange dec decimal
    double event_trigger float float4 float8 geography geometry gtsvector hstore
    inet int int2 int2vector int4 int4multirange int4range int8 int8multirange
    int8range integer interval json jsonb jsonpath lseg ltree macaddr macaddr8
    money national nchar numeric nummultirange numrange oid oidvector
    pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_dependencies pg_lsn
    pg_mcv_list pg_ndistinct pg_node_tree pg_snapshot precision real record
    refcursor regclass regcollation regconfig regdictionary regnamespace regoper
    regoperator regproc regprocedure regrole regtype serial serial2 serial4
    serial8 setof smallint smallserial text tid time timestamp timestamptz
    timetz trigger tsmultirange tsquery tsrange tstzmultirange tstzrange
    tsvector txid_snapshot uuid varbit varchar varying vector void xid xid8 xml
    """
)
"""Names of the types that come with PostgreSQL, and those of a few extensions."""

BODY_KEYWORDS = _set(
    """
    alias array assert constant continue debug diagnostics elseif elsif
    exception exit foreach found get hint if info log loop message notice open
    perform raise record reverse rowtype slice sqlstate strict warning while
    """
)
"""What PL/pgSQL adds, coloured only within a function's body."""

COLOURED = KEYWORDS - _NAMES - TYPES
"""Keywords that are shown as such."""
