//! The documents against the code: a table that can be wrong is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::Command;

use sirank::cli::Exit;
use sirank::connectors::vtiger::{Vtiger, VtigerConfig};
use sirank::domain::catalogue::{Figure, Language};
use sirank::domain::value::ValueKind;
use sirank::ports::{Crm, InputProperty, SchemaItem};
use sirank::settings::{Environment, LoadRequest, Settings};

use super::source::{repository, root};
use crate::vtiger_support::config;

const EXITS: [Exit; 9] = [
    Exit::Done,
    Exit::Failure,
    Exit::Usage,
    Exit::Configuration,
    Exit::Permission,
    Exit::Unavailable,
    Exit::Held,
    Exit::DoneWithFailures,
    Exit::HeldByOther,
];

#[test]
fn the_readme_describes_the_figures_as_the_catalogue_does() {
    let mut table = String::from("| property | type | what it is |\n| --- | --- | --- |\n");
    for figure in Figure::ALL {
        let description = figure.describe();
        let kind = match description.kind {
            ValueKind::Number => "number".to_owned(),
            ValueKind::Currency => "amount".to_owned(),
            ValueKind::Date => "date".to_owned(),
            ValueKind::Flag => "yes/no".to_owned(),
            ValueKind::Text => "text".to_owned(),
            ValueKind::Choice => {
                let names: Vec<&str> = description.options.iter().map(|option| option.name).collect();
                format!("one of {}", names.join(", "))
            }
        };
        let definition = description.definition.en;
        let name = figure.property_name("sirank_");
        let _ = writeln!(table, "| `{name}` | {kind} | {definition} |");
    }
    let readme = repository("README.md");
    assert!(readme.contains(&table), "put this table into README.md:\n\n{table}");
}

/// vTiger as an administrator finds it who has nothing but sirank's own labels.
fn vtiger(language: Language) -> Vtiger {
    Vtiger::new(VtigerConfig { language, ..config("http://127.0.0.1:9") }).unwrap()
}

/// What the screen for new fields of vTiger asks for, as `sirank setup` says it.
fn entries(item: &SchemaItem, language: Language) -> BTreeMap<String, String> {
    vtiger(language).by_hand(item).unwrap().entries.into_iter().collect()
}

fn fields_table(items: &[SchemaItem]) -> String {
    let mut table = String::from(
        "| Select Field Type | Label Name: English | Italian | Length | Decimal Places | Picklist Values: English | Italian |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for item in items {
        let (english, italian) = (entries(item, Language::En), entries(item, Language::It));
        let entry = |of: &BTreeMap<String, String>, name: &str| {
            of.get(name).map_or_else(String::new, |text| text.replace(" | ", "<br>"))
        };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} |",
            entry(&english, "Select Field Type"),
            entry(&english, "Label Name"),
            entry(&italian, "Label Name"),
            entry(&english, "Length"),
            entry(&english, "Decimal Places"),
            entry(&english, "Picklist Values"),
            entry(&italian, "Picklist Values"),
        );
    }
    table
}

#[test]
fn the_readme_lists_the_fields_that_a_vtiger_administrator_adds() {
    let figures = Figure::ALL.map(SchemaItem::Figure);
    let inputs = InputProperty::ALL.map(SchemaItem::Input);
    let readme = repository("README.md");
    for table in [fields_table(&figures), fields_table(&inputs)] {
        assert!(readme.contains(&table), "put this table into README.md:\n\n{table}");
    }
}

#[test]
fn the_readme_lists_the_exit_codes_that_there_are() {
    let readme = repository("README.md");
    let listed: Vec<u8> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| exit code |"))
        .skip(2)
        .map_while(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(listed, EXITS.map(|exit| exit as u8));
}

#[test]
fn the_configuration_in_the_readme_is_one() {
    let readme = repository("README.md");
    let block = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("sirank.toml");
    std::fs::write(&file, block).unwrap();
    let request = LoadRequest { files: vec![file], environment: Environment::default() };
    Settings::load(request).unwrap_or_else(|error| panic!("{error}"));
}

/// Entries of the repository that belong to nobody's machine; each has its reason in ARCHITECTURE.md.
#[test]
fn every_top_level_entry_is_explained() {
    let listed = Command::new("git").args(["ls-files", "--cached"]).current_dir(root()).output();
    let Some(listed) = listed.ok().filter(|output| output.status.success()) else {
        println!("skipped: this is no git checkout");
        return;
    };
    let files = String::from_utf8(listed.stdout).unwrap();
    let entries: BTreeSet<&str> = files.lines().filter_map(|file| file.split('/').next()).collect();
    let architecture = repository("ARCHITECTURE.md");
    let unexplained: Vec<_> =
        entries.iter().filter(|entry| !architecture.contains(&format!("| `{entry}` |"))).collect();
    assert!(unexplained.is_empty(), "without a reason in ARCHITECTURE.md: {unexplained:?}");
}
