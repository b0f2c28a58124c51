//! The CRM as it stood when the recordings were made, as far as they show it.

use std::collections::BTreeMap;

use serde_json::Value;
use sirank_mocks::vtiger::{Crm, CustomField, InvoiceLine, Language, UiType, User};

use super::Recording;

/// 2026-11-22, the day of the recordings.
pub(crate) fn at_ms(time: &str) -> i64 {
    let text = format!("2026-11-22T{time}Z");
    chrono::DateTime::parse_from_rfc3339(&text).unwrap().timestamp_millis()
}

/// The state before the first request.
pub(crate) fn crm(recordings: &BTreeMap<String, Recording>) -> Crm {
    let mut crm = Crm::new();
    let admin = User { hour_format: "12".into(), ..User::new(1, "admin", "admin-key") };
    let admin = User { email: "admin@example.test".into(), ..admin };
    crm.add_user(admin.admin().named("Anna", "Amministratore"));
    let agent = User { email: "sofia@example.test".into(), ..User::new(10, "agente1", "agent-key") };
    crm.add_user(agent.named("Sofia", "Bianchi").language(Language::Italian).decimals(2));
    crm.groups.get_mut(&2).unwrap().members.insert(10);
    let rows = known_rows(recordings);
    let first = |crm: &mut Crm, number: u64| add(crm, "Accounts", number, &rows);
    // The first organization is older than the custom fields: its columns are NULL.
    first(&mut crm, 2);
    fields(&mut crm);
    for number in (24..=443).filter(|number| *number != 40) {
        first(&mut crm, number);
    }
    crm.add_with_id("Accounts", 40, at_ms("05:09:17"), 1, &[("accountname", "Da cancellare Srl")]);
    products(&mut crm);
    invoices(&mut crm, &rows);
    crm.number_records_from("Accounts", 422);
    crm.number_records_from("Potentials", 321);
    crm.number_records_from("Invoice", 1566);
    crm.number_lines_from(2691);
    crm.set_next_id(2324);
    crm
}

/// What queries showed of records, by id: later recordings fill in what earlier ones left out.
fn known_rows(recordings: &BTreeMap<String, Recording>) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut rows: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let seen = |name: &&String| name.starts_with("query_") || name.starts_with("restricted_query");
    let mut names: Vec<&String> = recordings.keys().filter(seen).collect();
    // The fullest first: what it says counts.
    names.sort_by_key(|name| {
        (*name != "query_accounts_page_1", *name != "query_invoice_star_limit_counts_lineitems")
    });
    for name in names {
        for row in recordings[name].body["result"].as_array().into_iter().flatten() {
            let Some(id) = row["id"].as_str() else { continue };
            let known = rows.entry(id.to_owned()).or_default();
            for (key, value) in row.as_object().unwrap() {
                if let Value::String(text) = value {
                    known.entry(key.clone()).or_insert_with(|| text.clone());
                }
            }
        }
    }
    rows
}

fn add(crm: &mut Crm, module: &str, number: u64, rows: &BTreeMap<String, BTreeMap<String, String>>) {
    let prefix = if module == "Accounts" { "11" } else { "7" };
    let name = format!("Azienda {number}");
    let mut values: Vec<(&str, &str)> = vec![("source", "WEBSERVICE")];
    let known = rows.get(&format!("{prefix}x{number}"));
    if known.is_none_or(|row| !row.contains_key("accountname")) && module == "Accounts" {
        values.push(("accountname", &name));
    }
    for (key, value) in known.into_iter().flatten() {
        values.push((key, value));
    }
    crm.add_with_id(module, number, at_ms("05:09:30"), 1, &values);
}

fn fields(crm: &mut Crm) {
    let fields = [
        ("Accounts", CustomField::decimal("SiRank", 10, 4)),
        ("Accounts", CustomField::picklist("Cluster", &["A", "B", "C", "D", "E", "Z"])),
        ("Accounts", CustomField::new("Cold 180d", UiType::Checkbox)),
        ("Accounts", CustomField::picklist("Potential", &["HIGH", "LOW", "LOST"])),
        ("Accounts", CustomField::text("Partita IVA", 20)),
        ("Accounts", CustomField::new("Ultima Fattura", UiType::Date)),
        ("Accounts", CustomField::currency("Fatturato 12m", 10, 2)),
        ("Accounts", CustomField::new("Num Fatture", UiType::Integer)),
        (
            "Accounts",
            CustomField {
                ui_type: UiType::MultiSelect,
                ..CustomField::picklist("Canali", &["Email", "Telefono", "Agente"])
            },
        ),
        ("Potentials", CustomField::picklist("Pipeline", &["Nuovi clienti", "Rinnovi", "Recupero"])),
        ("Potentials", CustomField::text("SiKey", 64)),
        ("Invoice", CustomField::text("Numero Fiscale", 32)),
    ];
    for (module, field) in &fields {
        crm.add_field(module, field).unwrap();
    }
    for stage in ["Offerta inviata", "In attesa cliente"] {
        assert!(crm.add_picklist_value("Potentials", "sales_stage", stage));
    }
}

fn products(crm: &mut Crm) {
    let products = [
        (3, "Kit Manutenzione Base", "PRO1", "120.50", "-6"),
        (12, "Pompa centrifuga P3", "PRO4", "489", "99229.5"),
        (16, "Compressore", "PRO8", "1240", "0"),
        (17, "Filtro", "PRO9", "38.20", "0"),
    ];
    for (id, name, number, price, stock) in products {
        let values =
            [("productname", name), ("product_no", number), ("unit_price", price), ("qtyinstock", stock)];
        crm.add_with_id("Products", id, at_ms("05:02:31"), 1, &values);
    }
    let service = [("servicename", "Consulenza oraria"), ("service_no", "SER1"), ("unit_price", "85")];
    crm.add_with_id("Services", 4, at_ms("05:02:31"), 1, &service);
}

/// Invoices that only queries showed, with lines where these are needed.
fn invoices(crm: &mut Crm, rows: &BTreeMap<String, BTreeMap<String, String>>) {
    for id in rows.keys().filter_map(|id| id.strip_prefix("7x")) {
        let number: u64 = id.parse().unwrap();
        if number < 2324 {
            add(crm, "Invoice", number, rows);
        }
    }
    for invoice in [5, 6, 7] {
        let vat = if invoice == 7 { "22" } else { "0" };
        let percent = if invoice == 5 { "0" } else { "10" };
        line(crm, invoice, 3, ["2", "100", "0", vat]);
        line(crm, invoice, 4, ["1.5", "85", percent, vat]);
    }
    line(crm, 764, 17, ["1", "38.20", "0", "22"]);
    line(crm, 765, 16, ["2", "1240", "0", "22"]);
    for invoice in [766, 767, 768] {
        line(crm, invoice, 17, ["1", "1", "0", "22"]);
    }
}

fn line(crm: &mut Crm, invoice: u64, product: u64, numbers: [&str; 4]) {
    let [quantity, list_price, discount_percent, vat_percent] = numbers.map(|number| number.parse().unwrap());
    let line = InvoiceLine {
        product,
        quantity,
        list_price,
        discount_percent,
        vat_percent,
        ..InvoiceLine::default()
    };
    crm.add_line(invoice, &line);
}
