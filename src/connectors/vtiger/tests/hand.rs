//! What an administrator has to add, in the order of the screen.

use super::config;
use crate::connectors::vtiger::Vtiger;
use crate::domain::catalogue::{Figure, Language};
use crate::ports::{Crm, InputProperty, SchemaItem};

fn entries(vtiger: &Vtiger, item: &SchemaItem) -> String {
    let work = vtiger.by_hand(item).unwrap();
    assert!(work.screen.starts_with("Settings > "), "{}", work.screen);
    work.entries.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn fields_are_described_as_the_screen_asks_for_them() {
    let mut config = config();
    config.language = Language::It;
    config.mapping.figures.insert(Figure::Ltv, "Valore_cliente".to_owned());
    let vtiger = Vtiger::new(config).unwrap();
    let table = [
        (
            SchemaItem::Figure(Figure::Score),
            "Select Field Type: Decimal; Label Name: SiRank; Length: 5; Decimal Places: 2",
        ),
        (
            SchemaItem::Figure(Figure::PurchaseDays12m),
            "Select Field Type: Integer; Label Name: Giorni di acquisto 12 mesi; Length: 5",
        ),
        (
            SchemaItem::Figure(Figure::Ltv),
            "Select Field Type: Currency; Label Name: Valore cliente; Length: 12; Decimal Places: 2",
        ),
        (SchemaItem::Figure(Figure::LastPurchase), "Select Field Type: Date; Label Name: Ultimo acquisto"),
        (SchemaItem::Figure(Figure::ColdCustomer), "Select Field Type: Checkbox; Label Name: Cliente freddo"),
        (
            SchemaItem::Figure(Figure::RevenueBand),
            "Select Field Type: Picklist; Label Name: Fascia di fatturato; \
             Picklist Values: Alto | Basso | Dormiente | Nessun acquisto",
        ),
        (
            SchemaItem::Options(Figure::Cluster, vec!["A".to_owned(), "Z".to_owned()]),
            "Add Value: A – fatturato alto con potenziale alto; Add Value: Z – perso",
        ),
        (SchemaItem::Input(InputProperty::DAndP), "Select Field Type: Checkbox; Label Name: D-P"),
        (
            SchemaItem::Input(InputProperty::VatNumber),
            "Select Field Type: Text; Label Name: Partita IVA; Length: 64",
        ),
        (
            SchemaItem::Input(InputProperty::Potential),
            "Select Field Type: Picklist; Label Name: Potenziale; Picklist Values: Alto | Basso | Perso",
        ),
    ];
    for (item, expected) in table {
        assert_eq!(entries(&vtiger, &item), expected);
    }
    let label = entries(&vtiger, &SchemaItem::Figure(Figure::Explanation));
    assert!(label.starts_with("Select Field Type: Text;") && label.ends_with("Length: 255"), "{label}");
}
