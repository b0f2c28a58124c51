use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::super::{CompanyColumns, CsvCrm, CsvCrmConfig};
use crate::domain::catalogue::Figure;
use crate::domain::ids::CompanyId;
use crate::domain::value::{Value, ValueKind};
use crate::ports::{CompanyLookup, CompanyWrite, Crm, Severity, Survey, Trouble, WriteOutcome};

const HEADER: &str = "company_id,name,vat_number,potential,category,d_and_p,owner,created,last_contacted,open_deal_pipelines\n";

struct Case {
    folder: tempfile::TempDir,
    crm: CsvCrm,
}

impl Case {
    fn new(rows: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("companies.csv"), format!("{HEADER}{rows}")).unwrap();
        let crm = CsvCrm::new(CsvCrmConfig {
            companies: folder.path().join("companies.csv"),
            figures: folder.path().join("figures.csv"),
            columns: CompanyColumns { potential: "sirank_potential".to_owned(), ..CompanyColumns::default() },
            prefix: "sirank_".to_owned(),
            pipelines: vec!["ecommerce".to_owned()],
        });
        Self { folder, crm }
    }

    fn figures(&self) -> PathBuf {
        self.folder.path().join("figures.csv")
    }

    async fn write(&self, company: &str, values: &[(Figure, Option<Value>)]) -> Vec<WriteOutcome> {
        let id = CompanyId::from(company);
        self.crm.write(&[CompanyWrite { id, trace: String::new(), values: values.to_vec() }]).await.unwrap()
    }
}

const ROWS: &str = "C1,\"One, S.r.l.\",IT1,high,PA,yes,owner-2,2009-08-12,2013-05-18,sales|other\n\
                    C2,Two,,,,,,,,\n";

#[tokio::test]
async fn companies_are_read_with_their_figures() {
    let case = Case::new(ROWS);
    let page = case.crm.companies(None).await.unwrap();
    assert_eq!((page.items.len(), page.next), (2, None));
    let one = &page.items[0];
    assert_eq!((one.id.as_str(), one.name.as_str()), ("C1", "One, S.r.l."));
    assert_eq!((one.potential.as_deref(), one.category.as_deref()), (Some("high"), Some("PA")));
    assert_eq!((one.d_and_p.as_deref(), one.keys.vat_number.as_deref()), (Some("yes"), Some("IT1")));
    assert_eq!(one.created.unwrap().to_string(), "2009-08-12");
    assert_eq!((one.owner.as_ref().unwrap().as_str(), one.observed.len()), ("owner-2", 0));
    let two = &page.items[1];
    assert_eq!((&two.potential, &two.owner, two.created, two.last_contact), (&None, &None, None, None));

    let values =
        [(Figure::Score, Value::number(25.into())), (Figure::Explanation, Value::text("a, \"b\"").unwrap())];
    let written = case.write("C1", &values.clone().map(|(figure, value)| (figure, Some(value)))).await;
    assert_eq!(written, [WriteOutcome::Applied(None)]);
    assert_eq!(case.crm.companies(None).await.unwrap().items[0].observed, values);
    case.write("C1", &[(Figure::Score, None)]).await;
    assert_eq!(case.crm.companies(None).await.unwrap().items[0].observed, values[1..]);
    assert_eq!(case.crm.usage().writes, 2);
    assert_eq!(fs::metadata(case.figures()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn companies_that_are_no_more_are_told() {
    let case = Case::new(ROWS);
    assert_eq!(case.write("C9", &[(Figure::Score, None)]).await, [WriteOutcome::Gone]);
    let found = case.crm.read(&["C9", "C2"].map(CompanyId::from)).await.unwrap();
    assert_eq!(found[0], CompanyLookup::Gone("C9".into()));
    assert!(matches!(&found[1], CompanyLookup::Found(company) if company.name == "Two"));
}

#[tokio::test]
async fn open_deals_are_those_of_watched_pipelines() {
    let case = Case::new(ROWS);
    let watched = BTreeSet::from(["sales".into(), "ecommerce".into()]);
    let deals = case.crm.open_deals(&Survey::default(), &watched, None).await.unwrap().items;
    assert_eq!(deals.len(), 1);
    assert_eq!((deals[0].id.as_str(), deals[0].pipeline.as_str()), ("C1/sales", "sales"));
    assert_eq!(deals[0].companies, [CompanyId::from("C1")]);
}

#[tokio::test]
async fn a_survey_tells_what_there_is_and_which_rows_are_bad() {
    let case = Case::new(&format!(
        "{ROWS}C2,Again,,,,,,,,\n,Nameless,,,,,,,,\nC3,Three\nC4,Four,,,,,,31/12/2020,,\n"
    ));
    let survey = case.crm.survey().await.unwrap();
    let pipelines: Vec<&str> = survey.pipelines.iter().map(|pipeline| pipeline.id.as_str()).collect();
    assert_eq!(pipelines, ["ecommerce", "other", "sales"]);
    assert_eq!(survey.active_owners.len(), 1);
    // The configured name, though the file has the usual one.
    assert!(survey.properties.contains_key("sirank_potential"));
    assert!(!survey.properties.contains_key("tax_code"));
    assert_eq!(survey.properties[&survey.figure_properties[&Figure::Ltv]].kind, Ok(ValueKind::Currency));
    let finding = &survey.findings[0];
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(
        finding.what,
        "4 rows have faults: row 4: the company_id occurs before; the later row counts; row 5, column `company_id`: is \
         empty; row 6: has 2 fields where the header has 10 columns; a separator inside a field needs quotation marks \
         around it; row 7, column `created`: `31/12/2020` is not a date of the form YYYY-MM-DD"
    );
    let ids: Vec<String> =
        case.crm.companies(None).await.unwrap().items.iter().map(|company| company.id.to_string()).collect();
    assert_eq!(ids, ["C1", "C2", "C2", "C4"]);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let rows: Vec<String> =
        (0..12_001).map(|number| format!("C{number},,IT{number},,,,,,,sales\n")).collect();
    let case = Case::new(&rows.concat());
    let (mut cursor, mut ids) = (None, Vec::new());
    loop {
        let page = case.crm.companies(cursor).await.unwrap();
        ids.extend(page.items.into_iter().map(|company| company.id.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ids, (0..12_001).map(|number| format!("C{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn files_that_cannot_be_used_are_errors() {
    let case = Case::new(ROWS);
    fs::write(case.figures(), "id\n").unwrap();
    assert!(matches!(case.crm.survey().await.unwrap_err().trouble, Trouble::Input(_)));
    fs::remove_file(case.figures()).unwrap();
    fs::remove_file(case.folder.path().join("companies.csv")).unwrap();
    assert!(matches!(case.crm.companies(None).await.unwrap_err().trouble, Trouble::Input(_)));
}
