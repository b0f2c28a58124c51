//! vTiger: writing, and what the server makes of what is written.

use sirank::connectors::vtiger::Vtiger;
use sirank::domain::catalogue::Figure;
use sirank::domain::ids::CompanyId;
use sirank::domain::value::Value;
use sirank::ports::{CompanyWrite, Crm, WriteOutcome};
use sirank_mocks::vtiger as mock;

use crate::vtiger_support::{
    ADMIN, KEY, LONG_AGO, USER, company, config, connect, crm, crm_without, held, name_of, number, revises,
    start, with_companies, write_of, writes_of,
};

fn refused_with(outcome: &WriteOutcome) -> (&str, &str) {
    match outcome {
        WriteOutcome::Refused { code, message } => (code, message),
        other => panic!("{other:?}"),
    }
}

fn write(id: &CompanyId, figure: Figure, value: Option<Value>) -> CompanyWrite {
    CompanyWrite { id: id.clone(), trace: "t".to_owned(), values: vec![(figure, value)] }
}

async fn one_company(mut crm: mock::Crm) -> (mock::VTiger, CompanyId) {
    let id = company(crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", "Ditta Finta")]));
    (start(crm).await, id)
}

#[tokio::test]
async fn each_company_is_one_call_with_the_fields_that_change() {
    let (tiger, ids) = with_companies(40).await;
    let vtiger = connect(&tiger.base_url());
    let outcomes = vtiger.write(&writes_of(&ids)).await.unwrap();
    assert_eq!(outcomes, vec![WriteOutcome::Applied(None); 40]);
    assert_eq!((revises(&tiger), vtiger.usage().writes), (40, 40));
    let (score, cluster) = (name_of(&tiger, Figure::Score), name_of(&tiger, Figure::Cluster));
    for write in tiger.writes().all() {
        let mut names: Vec<&str> = write.properties.keys().map(String::as_str).collect();
        names.retain(|name| *name != "id");
        let mut expected = [score.as_str(), cluster.as_str()];
        expected.sort_unstable();
        assert_eq!(names, expected);
    }
    assert_eq!(held(&tiger, &ids[39], Figure::Score), "12.5000");
    assert_eq!(held(&tiger, &ids[39], Figure::Cluster), "A – high revenue with high potential");
    assert!(tiger.logins() > 1, "several sessions share the work");
    assert!(tiger.stats().max_in_flight <= 4, "no more than there are sessions");
}

#[tokio::test]
async fn every_kind_of_value_is_written_read_and_cleared() {
    let (tiger, id) = one_company(crm()).await;
    let vtiger = connect(&tiger.base_url());
    let values: Vec<(Figure, Option<Value>)> = vec![
        (Figure::Score, Some(Value::number("99.9".parse().unwrap()))),
        (Figure::Cluster, Some(Value::choice("Z"))),
        (Figure::Revenue12m, Some(Value::number("-1234.56".parse().unwrap()))),
        (Figure::PurchaseDays12m, Some(Value::number(12.into()))),
        (Figure::LastPurchase, Some(Value::date("2026-01-31".parse().unwrap()))),
        (Figure::ColdCustomer, Some(Value::flag(true))),
        (Figure::Phase, Some(Value::choice("expansion"))),
        (Figure::Explanation, Value::text("SiRank 99.9: L'Aquila & \"Forlì\", € 1.234,56 \\ <b>.")),
    ];
    let all = CompanyWrite { id: id.clone(), trace: "t".to_owned(), values: values.clone() };
    assert_eq!(vtiger.write(&[all]).await.unwrap(), [WriteOutcome::Applied(None)]);
    let observed = |vtiger: Vtiger| {
        let id = id.clone();
        async move {
            match vtiger.read(&[id]).await.unwrap().remove(0) {
                sirank::ports::CompanyLookup::Found(company) => company.observed,
                gone @ sirank::ports::CompanyLookup::Gone(_) => panic!("{gone:?}"),
            }
        }
    };
    let found = observed(connect(&tiger.base_url())).await;
    for (figure, value) in &values {
        let there = found.iter().find(|(known, _)| known == figure).map(|(_, value)| value.clone());
        assert_eq!(there, *value, "{figure}");
    }
    let none = values.iter().map(|(figure, _)| (*figure, None)).collect();
    let clear = CompanyWrite { id: id.clone(), trace: "t".to_owned(), values: none };
    assert_eq!(vtiger.write(&[clear]).await.unwrap(), [WriteOutcome::Applied(None)]);
    let found = observed(connect(&tiger.base_url())).await;
    let left: Vec<&str> = found
        .iter()
        .filter(|(figure, _)| values.iter().any(|(written, _)| written == figure))
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(left, ["0", "0", "0", "false"], "empty numbers and flags");
}

#[tokio::test]
async fn what_the_server_rounds_cuts_or_leaves_out_is_refused_by_name() {
    let mut crm = crm_without(&[Figure::Explanation, Figure::Revenue12m]);
    crm.add_field("Accounts", &mock::CustomField::text("Explanation", 20)).unwrap();
    crm.add_field("Accounts", &mock::CustomField::currency("Revenue 12 months", 4, 2)).unwrap();
    crm.add_user(mock::User::new(ADMIN, USER, KEY).admin().decimals(0));
    let (tiger, id) = one_company(crm).await;
    let vtiger = connect(&tiger.base_url());
    let long = Value::text("A sentence of more than twenty characters.");
    let large = Some(Value::number("123456789".parse().unwrap()));
    let table = [
        (Figure::Score, Some(Value::number("12.5".parse().unwrap())), "ROUNDED", "currency decimals"),
        (Figure::Explanation, long, "CUT", "`A sentence of more t` is stored"),
        (Figure::Revenue12m, large, "CHANGED_BY_SERVER", "too short for this number"),
    ];
    for (figure, value, expected, text) in table {
        let outcomes = vtiger.write(&[write(&id, figure, value)]).await.unwrap();
        assert_ne!(outcomes[0], WriteOutcome::Applied(None), "{figure}: {}", held(&tiger, &id, figure));
        let (code, message) = refused_with(&outcomes[0]);
        let field = format!("{} ({})", name_of(&tiger, figure), figure.describe().label.en);
        assert_eq!(code, expected, "{message}");
        assert!(message.starts_with(&field) && message.contains(text), "{message}");
    }
    // What the user may not edit, or not see any more, answers success and is not stored.
    let cluster = name_of(&tiger, Figure::Cluster);
    let locked = mock::Profile {
        read_only_fields: [("Accounts".to_owned(), cluster.clone())].into(),
        ..mock::Profile::default()
    };
    let hidden = mock::Profile {
        hidden_fields: [("Accounts".to_owned(), cluster)].into(),
        ..mock::Profile::default()
    };
    for profile in [locked, hidden] {
        tiger.change(|crm| crm.add_user(mock::User::new(ADMIN, USER, KEY).decimals(5).profile(profile)));
        let change = write(&id, Figure::Cluster, Some(Value::choice("B")));
        let outcomes = vtiger.write(&[change]).await.unwrap();
        let (code, message) = refused_with(&outcomes[0]);
        assert!(code == "NOT_STORED" && message.contains("in its profile"), "{code}: {message}");
    }
}

#[tokio::test]
async fn a_value_that_the_picklist_lacks_is_not_sent() {
    let (tiger, ids) = with_companies(2).await;
    let cluster = name_of(&tiger, Figure::Cluster);
    tiger.change(|crm| crm.remove_picklist_value("Accounts", &cluster, "Z – lost"));
    let vtiger = connect(&tiger.base_url());
    let survey = vtiger.survey().await.unwrap();
    assert_eq!(survey.properties[&cluster].options, ["A", "B", "C", "D", "E"]);
    let batch = [write_of(&ids[0], "1", "Z"), write_of(&ids[1], "1", "B")];
    let outcomes = vtiger.write(&batch).await.unwrap();
    let (code, message) = refused_with(&outcomes[0]);
    assert!(code == "NO_PICKLIST_VALUE" && message.contains(&cluster), "{code}: {message}");
    assert_eq!(outcomes[1], WriteOutcome::Applied(None));
    assert_eq!(revises(&tiger), 1);
}

#[tokio::test]
async fn a_company_that_is_no_more_is_gone_and_the_others_are_written() {
    let (tiger, ids) = with_companies(5).await;
    tiger.person_deletes("Accounts", number(&ids[1]));
    let mut batch = writes_of(&ids);
    batch.push(write_of(&company(999_999), "1", "A"));
    batch.push(write_of(&CompanyId::from("nonsense"), "1", "A"));
    let vtiger = connect(&tiger.base_url());
    let outcomes = vtiger.write(&batch).await.unwrap();
    let expected = [false, true, false, false, false, true, true]
        .map(|gone| if gone { WriteOutcome::Gone } else { WriteOutcome::Applied(None) });
    assert_eq!(outcomes, expected);
    assert_eq!(vtiger.usage().calls["organizations.read"], 1, "all that were denied are looked up at once");
}

#[tokio::test]
async fn a_company_that_was_renamed_to_a_duplicate_or_denied_is_refused_with_its_reason() {
    let (tiger, ids) = with_companies(2).await;
    tiger.person_edits("Accounts", number(&ids[1]), &[("accountname", "Company 0")]);
    let outcomes = connect(&tiger.base_url()).write(&writes_of(&ids)).await.unwrap();
    for outcome in &outcomes {
        let (code, message) = refused_with(outcome);
        assert!(code == "DUPLICATE" && message.contains("rename one of them"), "{code}: {message}");
    }

    let (tiger, ids) = with_companies(1).await;
    let vtiger = connect(&tiger.base_url());
    vtiger.survey().await.unwrap();
    let refusal = serde_json::json!({"success": false,
        "error": {"code": "ACCESS_DENIED", "message": "Permission to perform the operation is denied"}});
    let action = sirank_mocks::faults::Action::Status { status: 200, retry_after: None, body: Some(refusal) };
    tiger.faults(|faults| faults.add(sirank_mocks::faults::Fault::new(action).kind("revise Accounts")));
    let outcomes = vtiger.write(&writes_of(&ids)).await.unwrap();
    let (code, message) = refused_with(&outcomes[0]);
    assert!(code == "ACCESS_DENIED" && message.contains("does not let the API user"), "{code}: {message}");
}

#[tokio::test]
async fn a_mandatory_field_that_is_blank_does_not_hinder() {
    let (tiger, ids) = with_companies(1).await;
    tiger.change(|crm| crm.set_field_mandatory("Accounts", "industry", true));
    let outcomes = connect(&tiger.base_url()).write(&writes_of(&ids)).await.unwrap();
    assert_eq!(outcomes, [WriteOutcome::Applied(None)]);
}

#[tokio::test]
async fn a_batch_larger_than_the_sessions_is_written_by_one_session_too() {
    let (tiger, ids) = with_companies(30).await;
    let mut config = config(&tiger.base_url());
    config.sessions = 1;
    let vtiger = Vtiger::new(config).unwrap();
    let outcomes = vtiger.write(&writes_of(&ids)).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == WriteOutcome::Applied(None)));
    assert_eq!(tiger.logins(), 1);
    assert_eq!(vtiger.write(&[]).await.unwrap(), []);
}
