//! The invariants of ARCHITECTURE.md, read from the sources themselves: plain text is enough to see an arrow.

mod documents;
mod source;

use source::{Source, product, product_code, repository};

/// Which modules of the product a module may name, beside itself. A module that is not here may not exist.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("telemetry", &["clock", "events"]),
    ("clock", &["domain", "events"]),
    ("events", &[]),
    ("ports", &["domain"]),
    ("http", &["domain", "ports", "clock", "events"]),
    ("files", &[]),
    ("connectors", &["domain", "ports", "http", "files", "clock", "events"]),
    ("store", &["domain", "ports", "clock"]),
    ("engine", &["domain", "ports", "store", "clock", "events"]),
    ("compute", &["domain", "connectors"]),
    ("settings", &["domain", "ports"]),
    ("notify", &["domain", "ports", "http", "store", "engine", "settings", "clock", "events"]),
    ("daemon", &["domain", "ports", "store", "settings", "engine", "notify", "cli", "clock", "events"]),
    (
        "cli",
        &[
            "domain",
            "telemetry",
            "clock",
            "events",
            "ports",
            "http",
            "connectors",
            "store",
            "engine",
            "compute",
            "settings",
            "notify",
            "daemon",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// Crates that only some modules may name: what each is for has one place.
const CRATES: &[(&str, &[&str])] = &[
    ("reqwest", &["http", "connectors", "notify"]),
    ("governor", &["http"]),
    ("encoding_rs", &["connectors"]),
    ("rusqlite", &["store"]),
    ("rayon", &["compute", "connectors"]),
    ("quick_xml", &["connectors"]),
    ("bcder", &["connectors"]),
    ("zip", &["connectors"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("comfy_table", &["cli"]),
    ("sirank_mocks", &["cli"]),
    ("tracing_subscriber", &["telemetry"]),
    ("prometheus_client", &["events"]),
    ("axum", &["cli", "daemon"]),
    ("sd_notify", &["daemon"]),
    ("croner", &["settings"]),
    ("lettre", &["notify"]),
    ("oauth2", &["http"]),
    ("tokio_postgres", &["connectors"]),
    ("mysql_async", &["connectors"]),
    ("tiberius", &["connectors"]),
    ("rustls", &["connectors"]),
];

/// What a pure domain has no use for.
const IMPURE: &[&str] = &[
    "tokio",
    "reqwest",
    "rusqlite",
    "tracing",
    "std::fs",
    "std::env",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "Utc::now",
    "Local::now",
    "async fn",
    "async move",
    ".await",
];

#[test]
fn modules_name_only_those_below_them() {
    let mut wrong = Vec::new();
    for file in product() {
        let module = file.top_module();
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: the module `{module}` has no place among the arrows", file.path));
            continue;
        };
        for (line, named) in file.modules_named() {
            let known = ARROWS.iter().any(|(name, _)| *name == named);
            if known && named != module && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{}:{line}: {module} may not name {named}", file.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn paths_from_the_crate_are_not_grouped_so_that_arrows_can_be_read() {
    none(&lines_with(&product(), &["crate::{"]));
}

#[test]
fn the_domain_is_pure() {
    none(&lines_with(&below("domain/"), IMPURE));
}

#[test]
fn the_engine_names_no_vendor() {
    none(&lines_with(
        &below("engine/"),
        &["hubspot", "HubSpot", "fatture", "Fatture", "vtiger", "csv", "Csv"],
    ));
}

#[test]
fn connectors_do_not_know_each_other_and_their_wire_types_stay_with_them() {
    let mut wrong = Vec::new();
    for file in product() {
        let own = file.path.strip_prefix("connectors/").and_then(|rest| rest.split('/').next());
        for (line, text) in &file.code {
            let foreign = text
                .split("connectors::")
                .skip(1)
                .any(|rest| own.is_some() && !rest.starts_with(own.unwrap()));
            let wire = text.contains("wire::") && own.is_none();
            let public = text.contains("mod wire") && text.trim() != "mod wire;";
            if foreign || wire || public {
                wrong.push(format!("{}:{line}: {text}", file.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn crates_of_weight_have_their_place() {
    let mut wrong = Vec::new();
    for file in product_code() {
        for (name, places) in CRATES {
            let path = format!("{name}::");
            for (line, text) in file.lines_with(&path) {
                if !places.contains(&file.top_module().as_str()) {
                    wrong.push(format!("{}:{line}: {name} is for {places:?}: {text}", file.path));
                }
            }
        }
    }
    none(&wrong);
}

#[test]
fn clock_environment_clients_and_printing_have_one_door_each() {
    let doors: &[(&[&str], &[&str])] = &[
        (&["Utc::now", "Local::now", "SystemTime::now"], &["clock.rs"]),
        (&["std::env", "env::var"], &["settings/env.rs"]),
        (&["reqwest::Client", "Client::builder"], &["http/client.rs"]),
        (&["println!", "print!", "io::stdout", "io::stderr"], &["cli/output.rs", "telemetry.rs"]),
    ];
    for (words, places) in doors {
        let elsewhere: Vec<Source> =
            product_code().into_iter().filter(|file| !places.contains(&file.path.as_str())).collect();
        none(&lines_with(&elsewhere, words));
    }
}

#[test]
fn every_line_of_the_log_is_an_event_that_is_declared() {
    let macros = ["trace!(", "debug!(", "info!(", "warn!(", "error!("];
    let mut elsewhere = product_code();
    elsewhere.retain(|file| file.top_module() != "events");
    none(&lines_with(&elsewhere, &macros));
}

#[test]
fn the_mocks_share_nothing_with_the_product() {
    let manifest = repository("mocks/Cargo.toml");
    let dependencies = manifest.lines().filter(|line| line.starts_with("sirank"));
    none(&dependencies.map(str::to_owned).collect::<Vec<_>>());
    let mocks = Source::below("mocks");
    assert!(mocks.len() > 20, "the mocks are somewhere else");
    none(&lines_with(&mocks, &["sirank::"]));
}

#[test]
fn every_package_has_one_integration_test_binary() {
    for manifest in ["Cargo.toml", "mocks/Cargo.toml"] {
        let text = repository(manifest);
        assert_eq!(text.matches("[[test]]").count(), 1, "{manifest}");
        assert!(text.contains("autotests = false"), "{manifest}");
    }
}

#[test]
fn files_stay_small_and_nothing_is_silenced_or_left_open() {
    let mut wrong = Vec::new();
    let mut all = Source::below("src");
    all.extend(Source::below("mocks"));
    all.extend(Source::below("tests"));
    for file in &all {
        if file.length > 700 {
            wrong.push(format!("{}: {} lines", file.path, file.length));
        }
    }
    // Put together, so that this file does not find itself.
    let silenced = [["#", "[allow("].concat(), ["#", "[ignore"].concat(), ["un", "safe {"].concat()];
    let silenced: Vec<&str> = silenced.iter().map(String::as_str).collect();
    wrong.extend(lines_with(&all, &silenced));
    none(&wrong);
}

/// The product's files below a folder of `src`.
fn below(folder: &str) -> Vec<Source> {
    product().into_iter().filter(|file| file.path.starts_with(folder)).collect()
}

fn lines_with(files: &[Source], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for word in words {
            let lines = file.lines_with(word);
            found.extend(lines.map(|(line, text)| format!("{}:{line}: {word}: {text}", file.path)));
        }
    }
    found
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "against ARCHITECTURE.md:\n{}", wrong.join("\n"));
}
