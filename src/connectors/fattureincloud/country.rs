//! Countries as Fatture in Cloud writes them: Italian names, sometimes also where a code belongs.

/// The ISO 3166 alpha-2 code of an entity's country; none where neither field tells.
pub(super) fn code(country_iso: Option<&str>, country: Option<&str>) -> Option<String> {
    [country_iso, country].into_iter().flatten().map(str::trim).find_map(|text| {
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if is_code { Some(text.to_ascii_uppercase()) } else { named(text) }
    })
}

fn named(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let found = NAMES.iter().find(|(names, _)| names.split('|').any(|known| known == name));
    found.map(|(_, code)| (*code).to_owned())
}

/// Italy, its neighbours, the European Union and frequent trade partners. Other countries come with their code.
const NAMES: &[(&str, &str)] = &[
    ("italia|italy", "IT"),
    ("san marino", "SM"),
    ("città del vaticano|stato della città del vaticano|vaticano", "VA"),
    ("svizzera|switzerland", "CH"),
    ("austria", "AT"),
    ("belgio|belgium", "BE"),
    ("bulgaria", "BG"),
    ("cipro|cyprus", "CY"),
    ("croazia|croatia", "HR"),
    ("danimarca|denmark", "DK"),
    ("estonia", "EE"),
    ("finlandia|finland", "FI"),
    ("francia|france", "FR"),
    ("germania|germany", "DE"),
    ("grecia|greece", "GR"),
    ("irlanda|ireland", "IE"),
    ("lettonia|latvia", "LV"),
    ("lituania|lithuania", "LT"),
    ("lussemburgo|luxembourg", "LU"),
    ("malta", "MT"),
    ("paesi bassi|olanda|netherlands", "NL"),
    ("polonia|poland", "PL"),
    ("portogallo|portugal", "PT"),
    ("repubblica ceca|cechia|czech republic", "CZ"),
    ("romania", "RO"),
    ("slovacchia|slovakia", "SK"),
    ("slovenia", "SI"),
    ("spagna|spain", "ES"),
    ("svezia|sweden", "SE"),
    ("ungheria|hungary", "HU"),
    ("regno unito|gran bretagna|united kingdom", "GB"),
    ("norvegia|norway", "NO"),
    ("liechtenstein", "LI"),
    ("islanda|iceland", "IS"),
    ("principato di monaco|monaco", "MC"),
    ("albania", "AL"),
    ("serbia", "RS"),
    ("turchia|turkey", "TR"),
    ("stati uniti|stati uniti d'america|united states", "US"),
    ("canada", "CA"),
    ("cina|china", "CN"),
    ("giappone|japan", "JP"),
    ("emirati arabi uniti|united arab emirates", "AE"),
    ("brasile|brazil", "BR"),
    ("australia", "AU"),
    ("india", "IN"),
];
