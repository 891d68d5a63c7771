type Schema = {
  properties?: object;
  patternProperties?: object;
  additionalProperties?: unknown;
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
  const parts = [...partsOf(schema)];
  const isOpen = parts.some(({ additionalProperties = false }) => additionalProperties !== false);
  const names = new Set(parts.flatMap(({ properties = {} }) => Object.keys(properties)));
  const patterns = parts.flatMap(({ patternProperties = {} }) => Object.keys(patternProperties).map((pattern) => new RegExp(pattern)));
  return (name) => isOpen || names.has(name) || patterns.some((pattern) => pattern.test(name));
}

/** The schema and all schemas that it is composed of, each once. */
function partsOf(root: object): Set<Schema> {
  const parts = new Set<Schema>([root]);
  for (const { allOf = [], anyOf = [], oneOf = [], $ref } of parts) {
    for (const part of [...allOf, ...anyOf, ...oneOf, referred($ref, root)]) if (typeof part === "object" && part !== null) parts.add(part);
  }
  return parts;
}

/** The schema that a `$ref` such as `#/$defs/…` stands for. */
function referred(ref: unknown, root: object): unknown {
  const steps = typeof ref === "string" && ref.startsWith("#/") ? ref.slice(2).split("/") : undefined;
  return steps?.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], root);
}
