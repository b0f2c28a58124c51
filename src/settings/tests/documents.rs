//! The files that document the configuration say what the types say.

use std::collections::BTreeSet;

use super::super::accounting::{
    AccountingSource, CsvSource, TableColumns, TableKinds, TableSigns, TableStatuses,
};
use super::super::oauth::OAuth;
use super::super::shape::{Shape, Table};
use super::super::{LoadRequest, Settings, schema_text};
use super::{World, repository};
use crate::domain::intake::CurrencyRules;
use crate::domain::rules::Rules;

#[test]
fn the_defaults_are_the_rules_of_the_domain() {
    assert_eq!(Settings::default().rules(), Ok(Rules::default()));
    assert_eq!(Settings::default().currency_rules(), CurrencyRules::default());
    assert_eq!(Settings::default().zone(), chrono_tz::Europe::Rome);
}

#[test]
fn a_potential_made_as_setup_says_is_understood_in_the_configured_language() {
    let readings = |text: &str| World::new().file(text).loaded().settings.rules().unwrap().readings;
    assert_eq!(readings("language = \"it\"").potential_high, ["high", "alto"]);
    assert_eq!(readings("language = \"it\"").potential_lost, ["lost", "perso"]);
    assert_eq!(readings("language = \"en\"").potential_low, ["low"]);
    let own = readings("language = \"it\"\n[company]\npotential_high = [\"A\"]");
    assert_eq!(
        (own.potential_high.as_slice(), own.potential_low.as_slice()),
        (&["A".to_owned()][..], &["low".to_owned()][..])
    );
}

#[test]
fn the_default_file_gives_the_defaults() {
    let text = std::fs::read_to_string(repository("config/default.toml")).unwrap();
    let with = World::new().file(&text).loaded();
    let without = World::new().loaded();
    let plain = |loaded: &super::Loaded| serde_json::to_value(&loaded.settings).unwrap();
    assert_eq!(plain(&with), plain(&without));
}

/// The default file with every setting that it has commented out: lines that begin with `#` and no blank.
fn default_file_in_full() -> String {
    let text = std::fs::read_to_string(repository("config/default.toml")).unwrap();
    let disabled = |line: &str| line.starts_with('#') && line.len() > 1 && !line.starts_with("# ");
    let lines = text.lines().map(|line| if disabled(line) { &line[1..] } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_default_file_names_every_key() {
    let table: toml::Table = default_file_in_full().parse().unwrap();
    let mut named = BTreeSet::new();
    name_keys("", &toml::Value::Table(table), &mut named);
    let known = BTreeSet::from_iter(Table::of_settings().value_keys());
    let missing: Vec<_> = known.difference(&named).collect();
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(missing.is_empty(), "config/default.toml does not name {missing:?}");
    assert!(unknown.is_empty(), "config/default.toml names {unknown:?}, which is no key");
}

#[test]
fn the_examples_in_the_default_file_can_be_used() {
    let text = default_file_in_full().replace("#token", "token");
    // Secrets are given in three ways there, and a token beside an app; three of its files are not there.
    let gone = [
        "token = ",
        "token_env",
        "token_file",
        "client_secret = ",
        "client_secret_env",
        "password = ",
        "password_env",
        "query_file",
        "url = ",
        "url_env",
        "ca_bundle",
        "price_index",
    ];
    let kept = text.lines().filter(|line| !gone.iter().any(|key| line.starts_with(key)));
    let loaded = World::new().file(&kept.collect::<Vec<_>>().join("\n")).loaded();
    let [
        AccountingSource::FattureInCloud(cloud),
        AccountingSource::FatturaPa(_),
        AccountingSource::Vtiger(invoices),
        AccountingSource::Hubspot(_),
        AccountingSource::WonDeals(won),
        AccountingSource::Csv(csv),
        AccountingSource::Dolibarr(dolibarr),
        AccountingSource::Sql(sql),
        AccountingSource::Odoo(odoo),
    ] = &loaded.settings.accounting[..]
    else {
        panic!("{:?}", loaded.settings.accounting);
    };
    assert_eq!(cloud.base_url.to_string(), "https://api-v2.fattureincloud.it");
    let apps = [
        (loaded.settings.hubspot.oauth.as_ref().unwrap(), loaded.settings.hubspot.authority()),
        (cloud.oauth.as_deref().unwrap(), cloud.authority()),
    ];
    for (app, (authorize_url, token_url)) in apps {
        assert_eq!((&app.authorize_url, &app.token_url), (&Some(authorize_url), &Some(token_url)));
        assert_eq!(app.redirect_port, OAuth::default().redirect_port);
    }
    let without = World::new().file("[[accounting]]\nkind = \"vtiger\"\nname = \"a\"").loaded();
    let [AccountingSource::Vtiger(defaults)] = &without.settings.accounting[..] else { panic!() };
    assert_eq!(
        (&invoices.void_statuses, &invoices.credit_note_statuses, &invoices.draft_statuses),
        (&defaults.void_statuses, &defaults.credit_note_statuses, &defaults.draft_statuses)
    );
    for (figure, label) in &loaded.settings.vtiger.fields.0 {
        assert_eq!(label, figure.describe().label.en);
    }
    for (figure, values) in &loaded.settings.vtiger.values.0 {
        for option in figure.describe().options {
            assert_eq!(values[option.name], option.label.en, "{figure}");
        }
    }
    assert_eq!((odoo.page_size, odoo.calls_per_second), (500, 1));
    assert_eq!((dolibarr.page_size, dolibarr.deposits_are_payments), (400, false));
    let without =
        World::new().file("[[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"a.csv\"]").loaded();
    let [AccountingSource::Csv(defaults)] = &without.settings.accounting[..] else { panic!() };
    assert_eq!(*csv.columns, TableColumns::default());
    assert_eq!(csv.kinds, TableKinds::default());
    assert_eq!(csv.statuses, TableStatuses::default());
    assert_eq!(csv.signs, TableSigns::default());
    let form = |csv: &CsvSource| {
        let CsvSource { name, seller, files, .. } = CsvSource::clone(defaults);
        format!("{:?}", CsvSource { name, seller, files, ..csv.clone() })
    };
    assert_eq!(form(csv), form(defaults));
    assert_eq!(won.amount_property, "amount");
    let minimal = "[[accounting]]\nkind = \"sql\"\nname = \"ledger\"\nseller = \"IT01234567897\"\n\
                   engine = \"postgresql\"\nport = 5432\nsocket = \"/run/postgresql\"\ndatabase = \"erp\"\n\
                   user = \"sirank\"\npassword_file = \"/run/credentials/sirank.service/secret_ledger-password\"\n\
                   since_start = \"2015-01-01 00:00:00\"\n\
                   query = \"SELECT id AS document_id, number, date, net_amount, kind, vat_number FROM invoices\"";
    let without = World::new().file(minimal).loaded();
    let [AccountingSource::Sql(defaults)] = &without.settings.accounting[..] else { panic!() };
    assert_eq!(serde_json::to_value(sql).unwrap(), serde_json::to_value(defaults).unwrap());
}

fn name_keys(prefix: &str, value: &toml::Value, named: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) if prefix != "currency.rates" => {
            for (key, value) in table {
                let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                name_keys(&key, value, named);
            }
        }
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            for item in items {
                name_keys(&format!("{prefix}[0]"), item, named);
            }
        }
        _ => {
            named.insert(prefix.to_owned());
        }
    }
}

#[test]
fn the_schema_is_the_checked_in_one() {
    let checked_in = std::fs::read_to_string(repository("config/schema.json")).unwrap_or_default();
    assert!(
        checked_in == schema_text(),
        "config/schema.json is stale: run `cargo run -- config --schema > config/schema.json`"
    );
}

#[test]
fn every_key_is_documented_in_the_schema() {
    fn undocumented(at: &str, schema: &serde_json::Value, found: &mut Vec<String>) {
        for (key, below) in schema["properties"].as_object().into_iter().flatten() {
            let at = format!("{at}.{key}");
            if below["description"].is_null() && key != "kind" {
                found.push(at.clone());
            }
            undocumented(&at, below, found);
        }
    }
    let mut found = Vec::new();
    undocumented("", &super::super::schema::inlined(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_root_knows_only_sections_and_the_language() {
    let root = Table::of_settings();
    let values = root.keys.iter().filter(|(_, shape)| matches!(shape, Shape::One(_) | Shape::List(..)));
    assert_eq!(values.map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["language"]);
}

#[test]
fn the_example_for_hubspot_and_fatture_in_cloud_can_be_used() {
    let example = std::fs::read_to_string(repository("config/examples/hubspot-fattureincloud.toml")).unwrap();
    let world = World::new().file(&example);
    std::fs::create_dir(world.path("secrets")).unwrap();
    let world = world
        .beside("secrets/hubspot-token", "pat-eu1-0000\n")
        .beside("secrets/fattureincloud-token", "a/0000\n");
    assert_eq!(world.connection_messages(), "nothing is wrong");
}

#[test]
fn the_example_for_vtiger_can_be_used() {
    let example = std::fs::read_to_string(repository("config/examples/vtiger.toml")).unwrap();
    let in_full = example.replace("#[[", "[[").replace("\n#kind", "\nkind").replace("\n#name", "\nname");
    for text in [example, in_full] {
        let world = World::new().file(&text);
        std::fs::create_dir(world.path("secrets")).unwrap();
        let world = world
            .beside("secrets/vtiger-access-key", "k3y\n")
            .beside("secrets/fattureincloud-token", "a/0000\n");
        assert_eq!(world.connection_messages(), "nothing is wrong");
    }
}

#[test]
fn the_examples_for_csv_can_be_used() {
    for example in ["csv", "gestionale"] {
        let files = vec![repository(&format!("config/examples/{example}.toml"))];
        let loaded = Settings::load(LoadRequest { files, ..LoadRequest::default() }).unwrap();
        let connections = loaded.connections().unwrap();
        assert_eq!(connections.sources.len(), 1);
    }
}

#[test]
fn every_example_is_valid() {
    let mut examples = 0;
    for example in std::fs::read_dir(repository("config/examples")).unwrap() {
        let files = vec![example.unwrap().path()];
        let loaded = Settings::load(LoadRequest { files: files.clone(), ..LoadRequest::default() });
        assert!(loaded.is_ok(), "{files:?}: {:?}", loaded.err());
        examples += 1;
    }
    assert!(examples >= 6, "{examples}");
}

#[test]
fn the_settings_of_the_shared_data_can_be_used() {
    let shared = repository("../shared/data");
    if !shared.exists() {
        println!("skipped: {} is not there", shared.display());
        return;
    }
    for data in ["cluster-301", "online-retail"] {
        let files = vec![shared.join(data).join("settings.toml")];
        let loaded = Settings::load(LoadRequest { files, ..LoadRequest::default() }).unwrap();
        assert_eq!(loaded.settings.cold.excluded_categories, ["PA", "UTILIZZATORE FINALE"]);
    }
    let index = shared.join("price-index/foi-yearly.csv");
    let world = World::new().variable("SIRANK__LTV__PRICE_INDEX", index.to_str().unwrap());
    assert_eq!(world.loaded().settings.ltv.index.len(), 17);
}
