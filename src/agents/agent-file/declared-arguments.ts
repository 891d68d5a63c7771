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
 * Which arguments the JSON schema of a tool declares: a property of its own or of what it is composed of, or any when its author
 * says so by `additionalProperties`. A schema that says nothing of other properties lets a model send whatever it likes.
 */
export function declaredIn(schema: object): (name: string) => boolean {
  const parts = [...partsOf(schema)];
  const isOpen = parts.some(({ additionalProperties = false }) => additionalProperties !== false);
  const names = new Set(parts.flatMap(({ properties = {} }) => Object.keys(properties)));
  const patterns = parts.flatMap(({ patternProperties = {} }) => Object.keys(patternProperties).map((pattern) => new RegExp(pattern)));
  return (name) => isOpen || names.has(name) || patterns.some((pattern) => pattern.test(name));
}

/** The schema and what it is composed of, each once. */
function partsOf(root: object): Set<Schema> {
  const parts = new Set<Schema>([root]);
  for (const { allOf = [], anyOf = [], oneOf = [], $ref } of parts) {
    for (const part of [...allOf, ...anyOf, ...oneOf, referred($ref, root)]) if (typeof part === "object" && part !== null) parts.add(part);
  }
  return parts;
}

/** What `#/$defs/…` stands for. */
function referred(ref: unknown, root: object): unknown {
  const steps = typeof ref === "string" && ref.startsWith("#/") ? ref.slice(2).split("/") : undefined;
  return steps?.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], root);
}
