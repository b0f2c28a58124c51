//! The JSON schema of the configuration, generated from the types.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value as Json;

use super::Settings;

/// The JSON schema of a configuration file. `config/schema.json` is its checked-in copy, for editors.
pub fn schema() -> Json {
    generate(false)
}

/// The text of `config/schema.json`.
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

/// The schema without references.
pub(super) fn inlined() -> Json {
    generate(true)
}

fn generate(inline: bool) -> Json {
    let generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = inline)
        .with_transform(RecursiveTransform(WithoutNull))
        .with_transform(RecursiveTransform(flowing))
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Settings>();
    schema.insert("title".to_owned(), "Configuration of sirank".into());
    schema.to_value()
}

/// TOML has no null: an optional key is one that may be left out.
#[derive(Clone, Debug)]
struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut Schema) {
        let Some(object) = schema.as_object_mut() else { return };
        if object.get("default").is_some_and(Json::is_null) {
            object.remove("default");
        }
        if let Some(Json::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        let null = serde_json::json!({ "type": "null" });
        if let Some(Json::Array(alternatives)) = object.get_mut("anyOf") {
            alternatives.retain(|alternative| *alternative != null);
            if let [Json::Object(only)] = &alternatives[..] {
                let only = only.clone();
                object.remove("anyOf");
                only.into_iter().for_each(|(key, value)| {
                    object.entry(key).or_insert(value);
                });
            }
        }
    }
}

/// The lines of a doc comment are one paragraph until a blank one.
fn flowing(schema: &mut Schema) {
    if let Some(Json::String(description)) = schema.get_mut("description") {
        let paragraphs: Vec<String> =
            description.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
        *description = paragraphs.join("\n\n");
    }
}
