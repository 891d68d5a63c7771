type Schema = {
  properties?: Record<string, unknown>;
  patternProperties?: Record<string, unknown>;
  additionalProperties?: unknown;
  prefixItems?: unknown[];
  items?: unknown;
  allOf?: unknown[];
  anyOf?: unknown[];
  oneOf?: unknown[];
  $ref?: unknown;
};

/**
 * Tells which arguments the JSON schema of a tool declares: its properties and those of the schemas it is composed of, or any name when
 * `additionalProperties` allows it. By the standard, a schema that does not say so would allow any name, too; here it must say so.
 */
export function declaredIn(schema: object): (name: string) => boolean {
  const parts = partsOf([schema], schema);
  return (name) => schemasOf(name, parts) !== undefined;
}

/** An argument without what its own schema does not declare, at any depth. An object whose schema names no property is left whole. */
export function declaredPart(name: string, value: unknown, schema: object): unknown {
  return within(value, partsOf(schemasOf(name, partsOf([schema], schema)) ?? [], schema), schema);
}

function within(value: unknown, parts: readonly Schema[], root: object): unknown {
  if (parts.length === 0) return value;
  if (Array.isArray(value)) {
    return value.map((entry: unknown, i) => within(entry, partsOf(parts.map(({ prefixItems, items }) => prefixItems?.[i] ?? items), root), root));
  }
  // Not a number whose digits are kept, which is an object of another kind.
  const isObject = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  const isNamed = parts.some(({ properties = {}, patternProperties = {} }) => Object.keys({ ...properties, ...patternProperties }).length > 0);
  if (!isObject || !isNamed) return value;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const schemas = schemasOf(name, parts);
    return schemas ? [[name, within(inner, partsOf(schemas, root), root)]] : [];
  });
  return Object.fromEntries(kept);
}

/** The schemas of a property, as far as there are any; undefined when it is not declared. */
function schemasOf(name: string, parts: readonly Schema[]): unknown[] | undefined {
  const found: unknown[] = [];
  for (const { properties = {}, patternProperties = {}, additionalProperties = false } of parts) {
    const named = Object.hasOwn(properties, name) ? [properties[name]] : [];
    const matching = Object.entries(patternProperties).flatMap(([pattern, schema]) => (new RegExp(pattern).test(name) ? [schema] : []));
    const known = [...named, ...matching];
    found.push(...(known.length > 0 || additionalProperties === false ? known : [additionalProperties]));
  }
  return found.length > 0 ? found : undefined;
}

/** These schemas and all that they are composed of, each once. */
function partsOf(schemas: readonly unknown[], root: object): Schema[] {
  const isSchema = (schema: unknown): schema is Schema => typeof schema === "object" && schema !== null;
  const parts = new Set<Schema>(schemas.filter(isSchema));
  for (const { allOf = [], anyOf = [], oneOf = [], $ref } of parts) {
    for (const part of [...allOf, ...anyOf, ...oneOf, referred($ref, root)]) if (isSchema(part)) parts.add(part);
  }
  return [...parts];
}

/** The schema that a `$ref` such as `#/$defs/…` stands for. */
function referred(ref: unknown, root: object): unknown {
  if (ref === "#") return root;
  const steps = typeof ref === "string" && ref.startsWith("#/") ? ref.slice(2).split("/") : undefined;
  return steps?.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], root);
}
