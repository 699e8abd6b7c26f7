use super::openapi;
use crosscheck_fetch::Url;

const YAML: &str = r##"
openapi: 3.1.0
servers:
  - { url: "https://{region}.prod.example/v1", variables: { region: { default: eu } } }
paths:
  /pets:
    get: { responses: { 200: { description: all } } }
  /pets/{id}:
    parameters: [{ $ref: "#/components/parameters/Id" }]
    get: { parameters: [{ name: q, in: query, required: true, schema: { enum: [a b] } }, { name: r, in: query, schema: { default: 1 } }] }
  /owners/{name}/{kind}:
    get: { parameters: [{ name: name, in: path, example: a/b }, { name: kind, in: path, schema: { $ref: "#/components/schemas/Kind" } }] }
  /secret/{token}:
    get: { parameters: [{ name: token, in: path, required: true, schema: { type: string } }] }
  /only-post:
    post: {}
  /../admin:
    get: {}
components:
  parameters: { Id: { name: id, in: path, schema: { default: 7 } } }
  schemas: { Kind: { enum: [cat, dog] } }
"##;

const SWAGGER: &str = r#"{"swagger": "2.0", "host": "prod.example", "basePath": "/v1", "schemes": ["https"],
    "paths": {"/pets": {"get": {}}, "/pets/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "x-example": 3}]}},
              "//evil.test/x": {"get": {}}, "https://evil.test/y": {"get": {}}}}"#;

fn urls(text: &str, base: Option<&str>) -> Result<(Vec<String>, Vec<String>), String> {
    let base = base.map(|base| Url::parse(base).expect("a URL"));
    let routes = openapi(text, base.as_ref()).map_err(|e| e.message)?;
    Ok((routes.urls.iter().map(ToString::to_string).collect(), routes.skipped))
}

#[test]
fn the_paths_with_a_get_are_routes_at_the_origin_of_the_user() {
    for (base, prefix) in [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/v1"),
        ("http://127.0.0.1:3000/v2/", "http://127.0.0.1:3000/v2"),
        (
            "http://user:pass@127.0.0.1:3000/v1",
            "http://user:pass@127.0.0.1:3000/v1",
        ),
    ] {
        let (urls, skipped) = urls(YAML, Some(base)).expect("routes");
        let paths = ["/pets", "/pets/7?q=a%20b", "/owners/a%2Fb/cat"].map(|path| format!("{prefix}{path}"));
        assert_eq!(urls, paths, "{base}");
        assert_eq!(skipped.len(), 2, "{skipped:?}");
        assert!(
            skipped[0].contains("/secret/{token} is skipped: its parameter `token`"),
            "{skipped:?}"
        );
    }
    let (swagger, _) = urls(SWAGGER, Some("http://localhost:1")).expect("routes");
    let paths = ["/v1/pets", "/v1/pets/3", "/v1//evil.test/x"].map(|path| format!("http://localhost:1{path}"));
    assert_eq!(swagger, paths);
}

#[test]
fn the_server_of_the_document_gets_requests_only_if_it_is_on_this_machine() {
    for (text, why) in [
        (YAML, "https://eu.prod.example; no server is named"),
        (SWAGGER, "https://prod.example; no server is named"),
        ("{openapi: 3.0.0, paths: {}}", "names no server"),
    ] {
        let error = urls(text, None).expect_err(why);
        assert!(error.contains(why), "{error}");
    }
    let here = SWAGGER
        .replace("prod.example", "localhost:8080")
        .replace("https\"]", "http\"]");
    let (found, _) = urls(&here, None).expect("routes");
    assert_eq!(found[0], "http://localhost:8080/v1/pets");
}

#[test]
fn a_document_of_another_kind_is_an_error() {
    for (text, why) in [
        ("a: [", "this is not YAML"),
        ("{\"a\"", "this is not JSON"),
        ("title: x", "neither `openapi"),
        ("openapi: 4.0.0", "the version 4.0.0"),
        ("openapi: 3.0.3", "no `paths`"),
        ("a: &a [x]\nopenapi: *a", "neither `openapi"),
    ] {
        let error = urls(text, Some("http://localhost/")).expect_err(why);
        assert!(error.contains(why), "{error}");
    }
    let deep = format!("openapi: {}", "[".repeat(100_000));
    assert!(urls(&deep, None).expect_err("depth").contains("nested too deeply"));
    let cycle = r#"{openapi: 3.0.3, paths: {"/a/{b}": {get: {parameters: [{$ref: '#/components/parameters/P'}]}}}, components: {parameters: {P: {$ref: '#/components/parameters/P'}}}}"#;
    let (found, skipped) = urls(cycle, Some("http://localhost/")).expect("routes");
    assert_eq!((found.len(), skipped.len()), (0, 1));
}
