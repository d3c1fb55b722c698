// Shows the OpenAPI document of this server. Text is only ever set as text.

const METHODS = ["get", "head", "post", "put", "patch", "delete"];

/** An element with attributes and children (elements or text). */
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

/** The last part of `#/components/schemas/Name`. */
function schemaName(reference) {
  return reference.split("/").pop();
}

/** What a schema is, in a few words; named schemas become links. */
function typeOf(schema) {
  if (!schema) return element("span");
  if (schema.$ref) {
    const name = schemaName(schema.$ref);
    return element("a", { href: `#schema-${name}` }, name);
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    const span = element("span");
    choices.forEach((choice, at) => span.append(at > 0 ? " or " : "", typeOf(choice)));
    return span;
  }
  const types = [schema.type ?? "any"].flat();
  if (types.includes("array")) return element("span", {}, "list of ", typeOf(schema.items));
  const text = types.join(" or ") + (schema.enum ? `: ${schema.enum.join(", ")}` : "");
  return element("span", {}, text);
}

function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

/** Every property of a schema, those of its parts (`allOf`) included. */
function propertiesOf(schema, schemas) {
  if (schema.$ref) return propertiesOf(schemas[schemaName(schema.$ref)] ?? {}, schemas);
  const parts = (schema.allOf ?? []).flatMap((part) => propertiesOf(part, schemas));
  return [...parts, ...Object.entries(schema.properties ?? {})];
}

function operationCard(path, method, operation) {
  const id = `${method}-${path}`;
  const card = element("article", { id, "aria-labelledby": `${id}-title` },
    element("h3", { id: `${id}-title`, class: "path" },
      element("span", { class: "method" }, method), ` ${path}`));
  const words = [operation.summary, operation.description].filter(Boolean).join(" ");
  if (words) card.append(element("p", {}, words));
  const parameters = operation.parameters ?? [];
  if (parameters.length > 0) {
    card.append(element("h4", {}, "Parameters"), table("Parameters", ["Name", "In", "Type", "Meaning"],
      parameters.map((parameter) => [
        element("code", {}, parameter.name), parameter.in, typeOf(parameter.schema), parameter.description ?? "",
      ])));
  }
  const body = Object.values(operation.requestBody?.content ?? {})[0];
  if (body) card.append(element("h4", {}, "Body"), element("p", {}, typeOf(body.schema)));
  card.append(element("h4", {}, "Answers"), table("Answers", ["Status", "Body", "Meaning"],
    Object.entries(operation.responses ?? {}).map(([status, response]) => {
      const [type, content] = Object.entries(response.content ?? {})[0] ?? ["", null];
      const shape = content?.schema ? typeOf(content.schema) : element("span", {}, type);
      return [element("code", {}, status), shape, response.description ?? ""];
    })));
  return card;
}

function schemaCard(name, schema, schemas) {
  const card = element("article", { id: `schema-${name}` }, element("h3", {}, name));
  if (schema.description) card.append(element("p", {}, schema.description));
  const properties = propertiesOf(schema, schemas);
  if (properties.length > 0) {
    card.append(table(name, ["Field", "Type", "Meaning"], properties.map(([field, property]) => [
      element("code", {}, field), typeOf(property), property.description ?? "",
    ])));
  }
  return card;
}

function show(openapi) {
  document.getElementById("about").textContent =
    `${openapi.info.description ?? ""} Version ${openapi.info.version}.`;
  const contents = element("ul");
  const operations = document.getElementById("operations");
  operations.append(element("h2", {}, "Operations"));
  for (const [path, item] of Object.entries(openapi.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      operations.append(operationCard(path, method, item[method]));
      contents.append(element("li", {},
        element("a", { href: `#${method}-${path}`, class: "path" }, `${method.toUpperCase()} ${path}`)));
    }
  }
  document.getElementById("contents").append(contents);
  const schemas = openapi.components?.schemas ?? {};
  operations.append(element("h2", {}, "Types"));
  for (const [name, schema] of Object.entries(schemas)) operations.append(schemaCard(name, schema, schemas));
}

try {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  show(await response.json());
} catch (error) {
  document.getElementById("about").textContent = `The description cannot be read: ${error.message}.`;
}
