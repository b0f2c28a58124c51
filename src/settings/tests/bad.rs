//! What people get wrong, and what they are told.

use super::World;

/// A configuration file and the messages that it gives, one a line.
fn check(file: &str, messages: &str) {
    let world = World::new()
        .file(file)
        .beside("no-index.csv", "year,value\n2024,1\n")
        .beside("bad-index.csv", "year,index\n2024,1\n2025,x\n")
        .beside("no-certificate.pem", "nothing\n");
    assert_eq!(world.messages(), messages, "\n{file}");
}

#[test]
fn unknown_keys_name_the_nearest_known_one() {
    check(
        "[cold]\nwatched_pipeline = [\"sales\"]",
        "1.toml:2: `cold.watched_pipeline`: unknown key. Did you mean `cold.watched_pipelines`?",
    );
    check("[hubpot]\ntoken = \"x\"", "1.toml:1: `hubpot`: unknown key. Did you mean `hubspot`?");
    check(
        "[crm]\ntoken_file = \"x\"",
        "1.toml:2: `crm.token_file`: unknown key. Did you mean `vtiger.token_file`?",
    );
    check(
        "[contact.months]\na = 1",
        "1.toml:2: `contact.months.a`: unknown key. Did you mean `contact.months.A`?",
    );
    check("lingua = \"it\"", "1.toml:1: `lingua`: unknown key. Did you mean `language`?");
    check(
        "[[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"a.csv\"]\ncolumns = { datum = \"x\" }",
        "1.toml:5: `accounting[0].columns.datum`: unknown key. Did you mean `accounting[0].columns.date`?",
    );
    check(
        "[[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"a.csv\"]\nmonthly_reserve = \"0.1\"",
        "1.toml:5: `accounting[0].monthly_reserve`: unknown key. Only a source of kind \"fattureincloud\" has it",
    );
}

#[test]
fn types_are_taken_literally() {
    check(
        "[company]\npotential = 5",
        "1.toml:2: `company.potential`: expected a text in quotes, found the number 5. Put it in quotes: \"5\"",
    );
    check(
        "[inactivity]\ndays = \"180\"",
        "1.toml:2: `inactivity.days`: expected a whole number without quotes, found the text \"180\". Remove the \
         quotes: 180",
    );
    check(
        "[inactivity]\ndays = 5.9",
        "1.toml:2: `inactivity.days`: expected a whole number without quotes, found the number 5.9",
    );
    check(
        "[cold]\nexclude_lost = \"yes\"",
        "1.toml:2: `cold.exclude_lost`: expected true or false, without quotes, found the text \"yes\"",
    );
    check(
        "[cold]\nexclude_lost = 1",
        "1.toml:2: `cold.exclude_lost`: expected true or false, without quotes, found the number 1",
    );
    check(
        "[hubspot]\napi_version = 2026-09-01",
        "1.toml:2: `hubspot.api_version`: expected one of a few words in quotes, found a date",
    );
    check(
        "[cold]\nexcluded_categories = \"PA\"",
        "1.toml:2: `cold.excluded_categories`: this is a list. Write it in brackets: excluded_categories = [\"…\"]",
    );
    check(
        "[cold]\nexcluded_categories = [\"PA\", 7]",
        "1.toml:2: `cold.excluded_categories`: expected a text in quotes, found the number 7. Put it in quotes: \"7\"",
    );
    check(
        "hubspot = 1",
        "1.toml:1: `hubspot`: this is a section, not a value. Write its keys below [hubspot]",
    );
    check(
        "[contact.months]\nA = 0",
        "1.toml:2: `contact.months.A`: expected a whole number of months from 1 to 1200, or \"none\", found the number 0",
    );
    check(
        "[cluster]\nhigh_revenue_above = \"1.000,00\"",
        "1.toml:2: `cluster.high_revenue_above`: `1.000,00` is not a plain decimal number: write digits with a decimal \
         point, such as \"1234.50\"",
    );
    check(
        "[cluster]\nhigh_revenue_above = 1e4",
        "1.toml:2: `cluster.high_revenue_above`: `1e4` is not a plain decimal number: write digits with a decimal \
         point, such as \"1234.50\"",
    );
}

#[test]
fn values_have_their_range() {
    check(
        "[inactivity]\ndays = 0",
        "1.toml:2: `inactivity.days`: 0 is out of range. Write a whole number from 1 to 36500",
    );
    check(
        "[guards]\nmax_clear_share = \"10\"",
        "1.toml:2: `guards.max_clear_share`: 10 is not a share: it lies between 0 and 1, such as \"0.25\" for a quarter",
    );
    check(
        "[crm]\nkind = \"hubspott\"",
        "1.toml:2: `crm.kind`: \"hubspott\" is none of hubspot, vtiger, csv. Did you mean \"hubspot\"?",
    );
    check(
        "[crm]\nkind = \"salesforce\"",
        "1.toml:2: `crm.kind`: \"salesforce\" is none of hubspot, vtiger, csv",
    );
    check(
        "[vtiger]\nbase_url = \"https://crm.example.test/webservice.php\"",
        "1.toml:2: `vtiger.base_url`: the address ends with webservice.php. Leave that out: write the address of the folder \
         that holds it",
    );
    check(
        "[vtiger.values.phase]\nawareness = \"Nuovo\"\nexploration = \"nuovo\"",
        "1.toml:3: `vtiger.values.phase.exploration`: `nuovo` stands for `awareness` too. Give every option a value of its \
         own",
    );
    check(
        "[vtiger.values.action]\nwaiting = \"Attendere\"",
        "1.toml:2: `vtiger.values.action.waiting`: unknown key. Did you mean `vtiger.values.action.wait`?",
    );
    check(
        "[vtiger.fields]\nscores = \"SiRank\"",
        "1.toml:2: `vtiger.fields.scores`: unknown key. Did you mean `vtiger.fields.score`?",
    );
    check(
        "[company]\nfigures = [\"score\", \"clusters\"]",
        "1.toml:2: `company.figures`: \"clusters\" is none of score, cluster, revenue_band, revenue_36m, revenue_12m, \
         purchase_days_12m, first_purchase, last_purchase, inactive_180d, cold_customer, cold_exclusion, action, \
         next_contact_due, contact_overdue, key_account_missing, phase, revenue_last_active, ltv, explanation. Did you \
         mean \"cluster\"?",
    );
    check(
        "[company]\nfigures = [\"ltv\", \"ltv\"]",
        "1.toml:2: `company.figures`: `ltv` is named twice. Name it once",
    );
    check(
        "[company]\nfigures = []",
        "1.toml:2: `company.figures`: the list is empty. Write a value, or remove the key",
    );
    check(
        "[company]\npotential = \"sirank_cluster\"",
        "1.toml:2: `company.potential`: `sirank_cluster` is a property that sirank writes. Name the property that people \
         fill in",
    );
    check(
        "[company]\nproperty_prefix = \"Si-\"",
        "1.toml:2: `company.property_prefix`: `Si-` cannot begin the name of a property. Begin with a letter and use \
         lower-case letters, digits and `_` only",
    );
    check(
        "[company]\npotential_low = [\"basso\"]\npotential_lost = [\"perso\", \"Basso\"]",
        "1.toml:3: `company.potential_lost`: `Basso` stands in `potential_low` too. Let every text mean one thing \
         (upper and lower case are alike)",
    );
    check(
        "[time]\nzone = \"Europe/Roma\"",
        "1.toml:2: `time.zone`: `Europe/Roma` is no time zone: did you mean \"Europe/Rome\"?",
    );
}

#[test]
fn scores_need_weights_and_half_points() {
    check(
        "[sirank.weights]\nfrequency = \"-0.5\"",
        "1.toml:2: `sirank.weights.frequency`: the weight of frequency is -0.5: a weight is zero or more. Write zero to \
         leave the term out",
    );
    check(
        "[sirank.weights]\nrevenue = 0\nfrequency = 0\nseniority = 0\nd_and_p = 0",
        "1.toml:5: `sirank.weights`: all weights are zero: at least one has to be above zero. Raise one of them above \
         zero",
    );
    check(
        "[sirank.half_points]\nseniority = 0",
        "1.toml:2: `sirank.half_points.seniority`: the half-point of seniority is 0: a half-point is above zero. To \
         leave the term out, set its weight to zero",
    );
    check(
        "[cluster]\nhigh_revenue_above = -1",
        "1.toml:2: `cluster.high_revenue_above`: the threshold is -1. Write zero or more",
    );
}

#[test]
fn currencies_need_codes_and_rates_above_zero() {
    check(
        "[currency]\nbase = \"Euro\"",
        "1.toml:2: `currency.base`: `Euro` is no currency code: write the three letters of ISO 4217, such as \"EUR\"",
    );
    check(
        "[currency.rates]\nDollar = \"1.1\"",
        "1.toml:2: `currency.rates.Dollar`: `Dollar` is no currency code: write the three letters of ISO 4217, such as \
         \"EUR\"",
    );
    check(
        "[currency.rates]\nUSD = \"0\"",
        "1.toml:2: `currency.rates.USD`: the rate is 0. A rate is above zero",
    );
    check(
        "[currency.rates]\nEUR = \"1.1\"",
        "1.toml:2: `currency.rates.EUR`: EUR is the base currency, so its rate is 1, not 1.1. Remove it",
    );
}

#[test]
fn addresses_are_safe_or_said_to_be_allowed() {
    check(
        "[hubspot]\nbase_url = \"http://crm.example.com\"",
        "1.toml:2: `hubspot.base_url`: http://crm.example.com has no TLS: the token and the data would cross the network \
         in clear. Write https://, or set `hubspot.allow_plain_http = true` if you accept that",
    );
    check("[hubspot]\nbase_url = \"http://crm.example.com\"\nallow_plain_http = true", "nothing is wrong");
    check("[hubspot]\nbase_url = \"http://localhost:8099/\"", "nothing is wrong");
    check(
        "[hubspot]\nbase_url = \"api.example.com\"",
        "1.toml:2: `hubspot.base_url`: this is no URL (relative URL without a base): write one such as \
         \"https://api.example.com\"",
    );
    check(
        "[hubspot]\nbase_url = \"ftp://api.example.com\"",
        "1.toml:2: `hubspot.base_url`: this is not an http or https URL with a host: write one such as \
         \"https://api.example.com\"",
    );
    check(
        "[hubspot]\nbase_url = \"https://user:pass@api.example.com\"",
        "1.toml:2: `hubspot.base_url`: the URL holds a user or a password: give the secret as `token`, `token_file` or \
         `token_env`",
    );
    check(
        "[hubspot]\nbase_url = \"https://api.example.com/?hapikey=x\"",
        "1.toml:2: `hubspot.base_url`: the URL holds a query or a fragment: leave out everything from `?` or `#` on",
    );
}

#[test]
fn files_have_to_be_there_and_hold_what_they_should() {
    check(
        "[ltv]\nprice_index = \"gone.csv\"",
        "1.toml:2: `ltv.price_index`: gone.csv: cannot be read: No such file or directory (os error 2). Give a CSV file \
         with the columns year,index, such as 2025,121.4",
    );
    check(
        "[ltv]\nprice_index = \"no-index.csv\"",
        "1.toml:2: `ltv.price_index`: no-index.csv: has no column `index`. Give a CSV file with the columns year,index, \
         such as 2025,121.4",
    );
    check(
        "[ltv]\nprice_index = \"bad-index.csv\"",
        "1.toml:2: `ltv.price_index`: bad-index.csv: line 3: `x` is not a plain decimal number: write digits with a \
         decimal point, such as \"1234.50\". Give a CSV file with the columns year,index, such as 2025,121.4",
    );
    check(
        "[hubspot]\nca_bundle = \"no-certificate.pem\"",
        "1.toml:2: `hubspot.ca_bundle`: no-certificate.pem holds no certificate. Give a PEM file: one or more blocks that \
         begin with -----BEGIN CERTIFICATE-----",
    );
}

#[test]
fn sources_have_a_kind_a_name_and_what_the_kind_needs() {
    check(
        "[[accounting]]\nname = \"a\"",
        "1.toml:1: `accounting[0].kind`: the kind of the source is missing. Write one of csv, dolibarr, fatturapa, fattureincloud, hubspot, odoo, sql, vtiger, won_deals",
    );
    check(
        "[[accounting]]\nkind = \"fattureinclou\"",
        "1.toml:2: `accounting[0].kind`: \"fattureinclou\" is none of csv, dolibarr, fatturapa, fattureincloud, hubspot, odoo, sql, vtiger, won_deals. Did you mean \"fattureincloud\"?",
    );
    check(
        "[accounting]\nkind = \"csv\"",
        "1.toml:1: `accounting`: this is a list of sources. Begin every source with [[accounting]], in double brackets",
    );
    check(
        "[[accounting]]\nkind = \"fattureincloud\"\nname = \"a\"\n",
        "1.toml:1: `accounting[0].company_id`: this key is missing. Every source of kind \"fattureincloud\" needs it",
    );
    check(
        "[[accounting]]\nkind = \"fattureincloud\"\nname = \"a\"\ncompany_id = 12",
        "1.toml:4: `accounting[0].company_id`: expected a text in quotes, found the number 12. Put it in quotes: \"12\"",
    );
    check(
        "[[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"a.csv\"]\n\
         [[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"b.csv\"]",
        "1.toml:7: `accounting[1].name`: source 1 is called `a` too. Give every source a name of its own: documents are \
         told apart by it",
    );
    check(
        "[[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"a.csv\"]\nseparator = \";;\"",
        "1.toml:5: `accounting[0].separator`: the text has 2 characters. Write at most 1",
    );
    let csv =
        |lines: &str| format!("[[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"a.csv\"]\n{lines}");
    check(
        &csv("separator = \"'\"\nquote = \"'\""),
        "1.toml:6: `accounting[0].quote`: `\\'` cannot enclose fields. Use a quotation mark or another single ASCII character \
         that is not the separator, or none",
    );
    check(
        &csv("date_format = \"dd/mm/yyyy\""),
        "1.toml:5: `accounting[0].date_format`: `dd/mm/yyyy` is no date format: it needs %d, %m and %Y (or %y for two digits), \
         each once, as in %d/%m/%Y. Write how dates look in the file, such as \"%d/%m/%Y\"",
    );
    check(
        &csv("decimal = \",\"\nthousands = \",\""),
        "1.toml:6: `accounting[0].thousands`: `,` stands before the decimals too. Write what stands in an amount: a comma \
         before the decimals and a point between thousands, as in 1.234,56, are decimal = \",\" and thousands = \".\"",
    );
    check(
        &csv("[accounting.statuses]\ncounted = [\"Emessa\"]\nvoid = [\"emessa \"]"),
        "1.toml:7: `accounting[0].statuses.void`: `emessa ` stands in `counted` too. Let every text mean one thing (upper and \
         lower case are alike)",
    );
}

#[test]
fn everything_is_said_at_once() {
    check(
        "[cold]\nexclude_last = true\n[sirank.weights]\nrevenue = -1\n[hubspot]\nbase_url = \"http://a.example\"\n\
         timeout_seconds = \"soon\"",
        "1.toml:2: `cold.exclude_last`: unknown key. Did you mean `cold.exclude_lost`?\n\
         1.toml:7: `hubspot.timeout_seconds`: expected a whole number without quotes, found the text \"soon\"\n\
         1.toml:6: `hubspot.base_url`: http://a.example has no TLS: the token and the data would cross the network in \
         clear. Write https://, or set `hubspot.allow_plain_http = true` if you accept that\n\
         1.toml:4: `sirank.weights.revenue`: the weight of revenue is -1: a weight is zero or more. Write zero to leave \
         the term out",
    );
}

#[test]
fn broken_toml_names_the_line() {
    check(
        "[cold]\nexclude_lost = ",
        "1.toml:2: not TOML: string values must be quoted, expected literal string",
    );
    check("[cold]\nexclude_lost = true\nexclude_lost = true", "1.toml:3: not TOML: duplicate key");
}

#[test]
fn a_missing_file_is_named() {
    let mut world = World::new();
    world.files.push(world.path("gone.toml"));
    assert_eq!(
        world.messages(),
        "gone.toml: cannot read the file: No such file or directory (os error 2). Check the path given with --config and \
         the file's permissions"
    );
}

#[test]
fn variables_are_as_strict_as_files() {
    let cases = [
        (
            "SIRANK__COLD__WATCHED_PIPELINE",
            "sales",
            "SIRANK__COLD__WATCHED_PIPELINE: no setting has this name. Did you mean SIRANK__COLD__WATCHED_PIPELINES?",
        ),
        (
            "SIRANK__HUBSPOT",
            "x",
            "SIRANK__HUBSPOT: this is a section, not a setting. Add one of its keys: SIRANK__HUBSPOT__…",
        ),
        (
            "SIRANK_HUBSPOT__TOKEN",
            "s3cret",
            "SIRANK_HUBSPOT__TOKEN: one underscore after SIRANK is not enough for a setting. Did you mean \
             SIRANK__HUBSPOT__TOKEN?",
        ),
        (
            "SIRANK__INACTIVITY__DAYS",
            "5.9",
            "SIRANK__INACTIVITY__DAYS: `inactivity.days`: expected a whole number without quotes, found `5.9`",
        ),
        (
            "SIRANK__COLD__EXCLUDE_LOST",
            "yes",
            "SIRANK__COLD__EXCLUDE_LOST: `cold.exclude_lost`: expected true or false, without quotes, found `yes`",
        ),
        (
            "SIRANK__ACCOUNTING__0__NAME",
            "a",
            "SIRANK__ACCOUNTING__0__NAME: no file defines source 0; sources are counted from 0. To begin a source that \
             follows those of the files without a gap, set SIRANK__ACCOUNTING__0__KIND too",
        ),
        (
            "SIRANK__CRM__KIND",
            "vitger",
            "SIRANK__CRM__KIND: `crm.kind`: \"vitger\" is none of hubspot, vtiger, csv. Did you mean \"vtiger\"?",
        ),
        (
            "SIRANK__COMPANY__FIGURES",
            " , ",
            "SIRANK__COMPANY__FIGURES: `company.figures`: the list is empty. Write a value, or remove the variable",
        ),
        (
            "SIRANK__CURRENCY__RATES__USD",
            "-1",
            "SIRANK__CURRENCY__RATES__USD: `currency.rates.USD`: the rate is -1. A rate is above zero",
        ),
    ];
    for (name, value, message) in cases {
        assert_eq!(World::new().variable(name, value).messages(), message);
    }
}

#[test]
fn documents_are_not_looked_for_among_sums() {
    check(
        "[matching]\nduplicates = \"count_once\"\n[[accounting]]\nkind = \"sql\"\nname = \"a\"\nengine = \"postgresql\"\n\
         host = \"localhost\"\ndatabase = \"d\"\nuser = \"u\"\nquery = \"SELECT 1\"\nmode = \"aggregated\"\n\
         [[accounting]]\nkind = \"csv\"\nname = \"b\"\nfiles = [\"b.csv\"]",
        "1.toml:11: `accounting[0].mode`: a document of another source cannot be found among sums, so it would count \
         twice. Use mode = \"rows\" with matching.duplicates = \"count_once\", or let the query leave out what other \
         sources hold and set duplicates to \"report\"",
    );
}
