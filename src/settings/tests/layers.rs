//! Which layer wins, and where each value comes from.

use super::super::accounting::AccountingSource;
use super::super::contact::Interval;
use super::super::crm::CrmKind;
use super::super::{Environment, Origin};
use super::World;

#[test]
fn a_later_file_wins_and_a_variable_over_all() {
    let world = World::new()
        .file("[inactivity]\ndays = 90\n[cold]\nexclude_lost = false\n[schedule]\ninterval_minutes = 5\n")
        .file("[inactivity]\ndays = 120\n[schedule]\ninterval_minutes = 10")
        .variable("SIRANK__SCHEDULE__INTERVAL_MINUTES", "15");
    let loaded = world.loaded();
    assert!(!loaded.settings.cold.exclude_lost);
    assert_eq!(loaded.settings.inactivity.days, 120);
    assert_eq!(loaded.settings.schedule.interval_minutes, 15);
    let file = |name, line| Origin::File { path: world.path(name), line: Some(line) };
    assert_eq!(loaded.origins.of("cold.exclude_lost"), file("1.toml", 4));
    assert_eq!(loaded.origins.of("inactivity.days"), file("2.toml", 2));
    let variable = Origin::Environment("SIRANK__SCHEDULE__INTERVAL_MINUTES".into());
    assert_eq!(loaded.origins.of("schedule.interval_minutes"), variable);
    assert_eq!(loaded.origins.of("currency.base"), Origin::Default);
}

#[test]
fn tables_are_merged_and_lists_are_replaced() {
    let world = World::new()
        .file("[currency.rates]\nUSD = \"1.1\"\n[cold]\nexcluded_categories = [\"a\", \"b\"]")
        .file("[currency.rates]\ngbp = \"0.9\"\n[cold]\nexcluded_categories = [\"c\"]");
    let settings = world.loaded().settings;
    let rates = settings.currency_rules().rates;
    assert_eq!(rates.keys().collect::<Vec<_>>(), ["GBP", "USD"]);
    assert_eq!(settings.cold.excluded_categories, ["c"]);
}

#[test]
fn a_later_list_of_sources_replaces_the_earlier_one_with_its_origins() {
    let world = World::new()
        .file("[[accounting]]\nkind = \"csv\"\nname = \"a\"\nfiles = [\"a.csv\"]\nseparator = \";\"")
        .file("\n\n[[accounting]]\nkind = \"csv\"\nname = \"b\"\nfiles = [\"b.csv\"]");
    let loaded = world.loaded();
    assert_eq!(loaded.settings.accounting.len(), 1);
    let file = |line| Origin::File { path: world.path("2.toml"), line: Some(line) };
    assert_eq!(loaded.origins.of("accounting[0].name"), file(5));
    assert_eq!(loaded.origins.of("accounting[0].separator"), Origin::Default);
}

#[test]
fn variables_reach_every_kind_of_key() {
    let world = World::new()
        .file("[[accounting]]\nkind = \"fattureincloud\"\nname = \"a\"\ncompany_id = \"1\"")
        .variable("SIRANK__LANGUAGE", "it")
        .variable("SIRANK__CRM__KIND", "csv")
        .variable("SIRANK__SIRANK__WEIGHTS__D_AND_P", "12.5")
        .variable("SIRANK__CONTACT__MONTHS__A", "none")
        .variable("SIRANK__CONTACT__MONTHS__E", "24")
        .variable("SIRANK__COLD__WATCHED_PIPELINES", "sales, ecommerce,")
        .variable("SIRANK__COLD__EXCLUDE_LOST", "false")
        .variable("SIRANK__CURRENCY__RATES__USD", "1.08")
        .variable("SIRANK__HUBSPOT__TOKEN", "007")
        .variable("SIRANK__COMPANY__FIGURES", "score,cluster")
        .variable("SIRANK__ACCOUNTING__0__COMPANY_ID", "0012")
        .variable("SIRANK__ACCOUNTING__1__KIND", "csv")
        .variable("SIRANK__ACCOUNTING__1__NAME", "b")
        .variable("SIRANK__ACCOUNTING__1__FILES", "x.csv,y.csv");
    let settings = world.loaded().settings;
    assert_eq!(settings.crm.kind, CrmKind::Csv);
    assert_eq!(settings.sirank.weights.d_and_p.to_string(), "12.5");
    assert_eq!(settings.contact.months.a, Interval(None));
    assert_eq!(settings.contact.months.e, Interval(Some(24)));
    assert_eq!(settings.cold.watched_pipelines.unwrap(), ["sales", "ecommerce"]);
    assert!(!settings.cold.exclude_lost);
    assert_eq!(settings.currency.rates.len(), 1);
    assert_eq!(settings.company.figures.len(), 2);
    let [AccountingSource::FattureInCloud(cloud), AccountingSource::Csv(csv)] = &settings.accounting[..]
    else {
        panic!("{:?}", settings.accounting);
    };
    assert_eq!(cloud.company_id, "0012");
    assert_eq!(csv.files.len(), 2);
}

#[test]
fn empty_variables_and_those_of_others_are_none() {
    let world = World::new()
        .variable("SIRANK__INACTIVITY__DAYS", "")
        .variable("SIRANK_CONFIG", "sirank.toml")
        .variable("SIRANK_HUBSPOT_TOKEN", "x")
        .variable("OTHER__INACTIVITY__DAYS", "1");
    assert_eq!(world.loaded().settings.inactivity.days, 180);
}

#[test]
fn relative_paths_are_taken_from_where_they_are_written() {
    let world = World::new()
        .file("[csv]\ncompanies = \"in/companies.csv\"\n[store]\npath = \"/state/x.sqlite3\"")
        .variable("SIRANK__CSV__FIGURES", "out/figures.csv");
    let settings = world.loaded().settings;
    assert_eq!(settings.csv.companies.unwrap(), world.path("in/companies.csv"));
    assert_eq!(settings.csv.figures.unwrap().to_str(), Some("out/figures.csv"));
    assert_eq!(settings.store.path.to_str(), Some("/state/x.sqlite3"));
}

#[test]
fn the_state_directory_of_the_service_holds_the_store_unless_a_path_is_set() {
    let state = World::new().variable("STATE_DIRECTORY", "/var/lib/sirank:/var/lib/other");
    assert_eq!(state.loaded().settings.store.path.to_str(), Some("/var/lib/sirank/sirank.sqlite3"));
    assert_eq!(state.loaded().origins.of("store.path"), Origin::Environment("STATE_DIRECTORY".into()));
    let set = state.variable("SIRANK__STORE__PATH", "here.sqlite3");
    assert_eq!(set.loaded().settings.store.path.to_str(), Some("here.sqlite3"));
    assert_eq!(World::new().loaded().settings.store.path.to_str(), Some("sirank.sqlite3"));
}

#[test]
fn the_effective_configuration_names_every_origin() {
    let world = World::new()
        .file("language = \"it\"\n[[accounting]]\nkind = \"csv\"\nname = \"erp\"\nfiles = [\"/a.csv\"]")
        .variable("SIRANK__INACTIVITY__DAYS", "90");
    let loaded = world.loaded();
    let text = loaded.effective_text().replace(&format!("{}/", world.directory.path().display()), "");
    let line = |start: &str| {
        let line = text.lines().find(|line| line.starts_with(start)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("language"), "language = \"it\" # 1.toml:1");
    assert_eq!(line("accounting[0].name"), "accounting[0].name = \"erp\" # 1.toml:4");
    assert_eq!(line("inactivity.days"), "inactivity.days = 90 # SIRANK__INACTIVITY__DAYS");
    assert_eq!(line("cluster.dormant_low"), "cluster.dormant_low = \"E\" # default");
    let json = loaded.effective_json();
    assert_eq!(json["inactivity.days"]["value"], 90);
    assert_eq!(json["inactivity.days"]["origin"], "SIRANK__INACTIVITY__DAYS");
}

#[test]
fn the_process_has_an_environment() {
    assert!(Environment::of_process().get("PATH").is_some());
}
