/**
 * Configuration: every option once, with its flag, variable, key in the file and default. That is in this file; `load.ts` reads the values
 * and `explain.ts` explains them. The environment is never read outside of this room; what an option does is never decided in it.
 */
import { attachmentsPlace, attachmentTypes, bytes, databaseUrl, duration, durationWithUnit, hosts, httpUrl, LARGEST_FILE_BYTES, names, oneLine, oneOf, origins } from "./values.ts";
import { headerName, proxies, schemaName, text, truth, wholeNumber, type Parse } from "./values.ts";

/** One option: its names, its meaning, its parser and its default. */
export type Option<T = unknown> = {
  parse: Parse<T>;
  /** The default, as a person would write it; undefined when there is none. */
  fallback: string | undefined;
  env: string;
  /**
   * The placeholder of the value in `--help`; an option without one has no flag. Secrets have none, since other users can read a
   * command line. A value in square brackets may be left out: the flag alone means true.
   */
  flag?: `<${string}>` | `[${string}]`;
  /** Set for the option that names the file: it cannot be in the file. */
  notInFile?: true;
  help: string;
  secret?: true;
  /** An address with a password in it, which is shown without it. */
  holdsSecret?: true;
};

type Spec = Omit<Option, "parse" | "fallback">;
const withDefault = <T>(parse: Parse<T>, fallback: string, spec: Spec): Option<T> => ({ parse, fallback, ...spec });
const optional = <T>(parse: Parse<T>, spec: Spec): Option<T | undefined> => ({ parse, fallback: undefined, ...spec });

export const TRANSCRIBE_MODEL = "gpt-transcribe";

/** Limits per user by default. None with `--auth none`, where everybody is the same user. */
export const DEFAULT_LIMITS = {
  maxRequestsPerMinute: 600,
  maxAnswersPerMinute: 120,
  maxAnswersPerUser: 20,
  maxAnswers: 2000,
  maxRefusalsPerMinute: 60,
};
export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as (keyof typeof DEFAULT_LIMITS)[];
const unlessNone = (name: keyof typeof DEFAULT_LIMITS) => `0 sets no limit (default: ${DEFAULT_LIMITS[name]}, with --auth none 0)`;

/**
 * Every option, once. Its key here is its property of `Config`; in kebab-case it is the flag, in snake_case the key of the file.
 * `--help` and `check` show them in this order.
 */
export const OPTIONS = {
  config: optional(text, {
    env: "CHATKIT_CONFIG",
    flag: "<file>",
    notInFile: true,
    help: "configuration file (default: chatkit.yaml when there is one)",
  }),
  host: withDefault(text, "127.0.0.1", { env: "HOST", flag: "<address>", help: "address to listen on" }),
  port: withDefault(wholeNumber(0, 65535), "8000", { env: "PORT", flag: "<number>", help: "port to listen on; 0 takes any free one" }),
  publicUrl: optional(httpUrl, {
    env: "CHATKIT_PUBLIC_URL",
    flag: "<url>",
    help: "address in every URL handed out (default: the listening address)",
  }),
  databaseUrl: withDefault(databaseUrl, "sqlite:./data/chatkit.db", {
    env: "DATABASE_URL",
    flag: "<url>",
    help: "where threads are stored: memory:, sqlite:PATH or postgres://…",
    holdsSecret: true,
  }),
  databasePoolSize: withDefault(wholeNumber(1, 1000), "10", {
    env: "CHATKIT_DATABASE_POOL_SIZE",
    flag: "<number>",
    help: "connections to PostgreSQL",
  }),
  databaseSchema: optional(schemaName, {
    env: "CHATKIT_DATABASE_SCHEMA",
    flag: "<name>",
    help: "PostgreSQL schema of the tables, to live beside others (default: the role's first); not behind a pooler in transaction mode",
  }),
  databasePrepare: withDefault(truth, "true", {
    env: "CHATKIT_DATABASE_PREPARE",
    flag: "<boolean>",
    help: "prepare PostgreSQL statements; false behind a pooler in transaction mode",
  }),
  migrate: withDefault(oneOf("on", "off"), "on", {
    env: "CHATKIT_MIGRATE",
    flag: "<on|off>",
    help: "bring the database's schema up to this version at the start; off waits until the migrate verb has",
  }),
  attachments: optional(attachmentsPlace, {
    env: "CHATKIT_ATTACHMENTS",
    flag: "<place>",
    help: "where files go: disk:PATH, s3://bucket/prefix?endpoint=…&region=…&style=path, memory or off (default: attachments beside the SQLite file, memory with memory:, off with PostgreSQL)",
  }),
  s3Direct: withDefault(truth, "false", {
    env: "CHATKIT_S3_DIRECT",
    flag: "[boolean]",
    help: "clients send files to the bucket by themselves; what they are is then looked at when a message first names them",
  }),
  s3AccessKeyId: optional(oneLine, { env: "AWS_ACCESS_KEY_ID", help: "with s3://: whose key it is" }),
  s3SecretAccessKey: optional(oneLine, { env: "AWS_SECRET_ACCESS_KEY", help: "with s3://: the key", secret: true }),
  s3SessionToken: optional(oneLine, { env: "AWS_SESSION_TOKEN", help: "with s3://: the token of a key for a session", secret: true }),
  attachmentTypes: optional(attachmentTypes, {
    env: "CHATKIT_ATTACHMENT_TYPES",
    flag: "<list>",
    help: "types of files that are taken, with a size of their own if need be: image/*:10MiB,text/*,application/pdf (default: images, text, PDF, office documents)",
  }),
  maxAttachmentBytes: withDefault(bytes(1, LARGEST_FILE_BYTES), "25MiB", {
    env: "CHATKIT_MAX_ATTACHMENT_BYTES",
    flag: "<size>",
    help: "largest file",
  }),
  maxAttachmentsPerMessage: withDefault(wholeNumber(1, 100), "10", {
    env: "CHATKIT_MAX_ATTACHMENTS_PER_MESSAGE",
    flag: "<number>",
    help: "files that one message may have",
  }),
  maxAttachmentBytesPerUser: optional(bytes(1, 1024 ** 5), {
    env: "CHATKIT_MAX_ATTACHMENT_BYTES_PER_USER",
    flag: "<size>",
    help: "what the files of one user may take (default: any size)",
  }),
  lease: withDefault(duration(3000, 600_000), "15s", {
    env: "CHATKIT_LEASE",
    flag: "<time>",
    help: "how long a thread stays taken by an answer whose process has died; closed within twice that",
  }),
  retention: optional(durationWithUnit(1000, 100 * 365 * 86_400_000), {
    env: "CHATKIT_RETENTION",
    flag: "<time>",
    help: "delete threads in which nothing was written for, such as 90d (default: keep them)",
  }),
  workers: withDefault(wholeNumber(1, 256), "1", {
    env: "CHATKIT_WORKERS",
    flag: "<number>",
    help: "processes that share the address (Linux)",
  }),
  agent: optional(text, {
    env: "CHATKIT_AGENT",
    flag: "<file>",
    help: "agent module (.ts, .js) or agent file (.yaml, .json) (default: a built-in assistant)",
  }),
  watch: withDefault(truth, "false", {
    env: "CHATKIT_WATCH",
    flag: "[boolean]",
    help: "load the agent anew when a file of it changes; running answers end with the one they began with",
  }),
  model: optional(text, {
    env: "CHATKIT_MODEL",
    flag: "<name>",
    help: "model of agents that name none; demo answers offline (default: demo without OPENAI_API_KEY)",
  }),
  titleModel: optional(text, {
    env: "CHATKIT_TITLE_MODEL",
    flag: "<name>",
    help: "small model that names new threads while the answer streams (default: their first words do)",
  }),
  modelApi: withDefault(oneOf("responses", "chat_completions"), "responses", {
    env: "CHATKIT_MODEL_API",
    flag: "<api>",
    help: "what the model server speaks: responses or chat_completions",
  }),
  modelAliases: withDefault(names, "", {
    env: "CHATKIT_MODEL_ALIASES",
    flag: "<list>",
    help: "what names of models mean: gpt-4.1=gpt-5.6-luna,gpt-5=… (default: themselves)",
  }),
  openaiBaseUrl: optional(httpUrl, { env: "OPENAI_BASE_URL", help: "address of the model server (default: OpenAI's)" }),
  openaiApiKey: optional(oneLine, { env: "OPENAI_API_KEY", help: "key of the model server", secret: true }),
  transcribeModel: optional(text, {
    env: "CHATKIT_TRANSCRIBE_MODEL",
    flag: "<name>",
    help: `model that turns speech into text (default: ${TRANSCRIBE_MODEL} with a key of OpenAI's, else none)`,
  }),
  transcribeBaseUrl: optional(httpUrl, {
    env: "CHATKIT_TRANSCRIBE_BASE_URL",
    flag: "<url>",
    help: "address of the server for speech, such as a local whisper server (default: that of the model server)",
  }),
  transcribeApiKey: optional(oneLine, {
    env: "CHATKIT_TRANSCRIBE_API_KEY",
    help: "key of the server for speech (default: that of the model server, where it is the same)",
    secret: true,
  }),
  auth: withDefault(oneOf("none", "header", "jwt"), "none", {
    env: "CHATKIT_AUTH",
    flag: "<mode>",
    help: "who asks: none, header (set by your proxy) or jwt; must be given to listen beyond loopback",
  }),
  authHeader: withDefault(headerName, "X-User-ID", { env: "CHATKIT_AUTH_HEADER", flag: "<name>", help: "header that names the user" }),
  trustedProxies: withDefault(proxies, "loopback", {
    env: "CHATKIT_TRUSTED_PROXIES",
    flag: "<list>",
    help: "whose word counts for who asks (--auth header) and from where: addresses, networks (10.0.0.0/8), loopback or any",
  }),
  jwtSecret: optional(text, { env: "CHATKIT_JWT_SECRET", help: "with --auth jwt: the secret that tokens are signed with", secret: true }),
  jwtPublicKeyFile: optional(text, {
    env: "CHATKIT_JWT_PUBLIC_KEY_FILE",
    flag: "<file>",
    help: "with --auth jwt: the public key of who signs tokens, in PEM form",
  }),
  jwtJwksUrl: optional(httpUrl, {
    env: "CHATKIT_JWT_JWKS_URL",
    flag: "<url>",
    help: "with --auth jwt: the key set of who signs tokens",
  }),
  jwtIssuer: optional(text, { env: "CHATKIT_JWT_ISSUER", flag: "<iss>", help: "issuer that tokens must name" }),
  jwtAudience: optional(text, { env: "CHATKIT_JWT_AUDIENCE", flag: "<aud>", help: "audience that tokens must name" }),
  jwtUserClaim: withDefault(text, "sub", { env: "CHATKIT_JWT_USER_CLAIM", flag: "<claim>", help: "claim that names the user" }),
  sessionKey: optional(oneLine, {
    env: "CHATKIT_SESSION_KEY",
    help: "with --auth jwt: the key with which a page's backend asks for client secrets, POST /v1/chatkit/sessions",
    secret: true,
  }),
  corsOrigins: withDefault(origins, "", {
    env: "CHATKIT_CORS_ORIGINS",
    flag: "<list>",
    help: "browser origins that may call, comma-separated; https://*.example.com is any one name there (default: none)",
  }),
  allowedHosts: withDefault(hosts, "", {
    env: "CHATKIT_ALLOWED_HOSTS",
    flag: "<list>",
    help: "names this server goes by, beside addresses, localhost and public_url; others are refused (default: with --auth none on loopback or a public_url)",
  }),
  playground: optional(oneOf("on", "off"), {
    env: "CHATKIT_PLAYGROUND",
    flag: "<on|off>",
    help: "the chat page at / (default: on with --auth none on loopback and without public_url)",
  }),
  adminToken: optional(oneLine, {
    env: "CHATKIT_ADMIN_TOKEN",
    help: "who has it gets the chat page's panel for developers (default: a new one at each start, for requests that no proxy forwards)",
    secret: true,
  }),
  maxBodyBytes: withDefault(bytes(1024, 64 * 1024 ** 2), "1MiB", {
    env: "CHATKIT_MAX_BODY_BYTES",
    flag: "<size>",
    help: "largest request body",
  }),
  maxRequestsPerMinute: optional(wholeNumber(0, 1_000_000), {
    env: "CHATKIT_MAX_REQUESTS_PER_MINUTE",
    flag: "<number>",
    help: `requests of one user in a minute; ${unlessNone("maxRequestsPerMinute")}`,
  }),
  maxAnswersPerMinute: optional(wholeNumber(0, 1_000_000), {
    env: "CHATKIT_MAX_ANSWERS_PER_MINUTE",
    flag: "<number>",
    help: `answers that one user may begin in a minute; ${unlessNone("maxAnswersPerMinute")}`,
  }),
  maxAnswersPerUser: optional(wholeNumber(0, 1_000_000), {
    env: "CHATKIT_MAX_ANSWERS_PER_USER",
    flag: "<number>",
    help: `answers to one user at once; ${unlessNone("maxAnswersPerUser")}`,
  }),
  maxAnswers: optional(wholeNumber(0, 1_000_000), {
    env: "CHATKIT_MAX_ANSWERS",
    flag: "<number>",
    help: `answers of one process at once; ${unlessNone("maxAnswers")}`,
  }),
  maxRefusalsPerMinute: optional(wholeNumber(0, 1_000_000), {
    env: "CHATKIT_MAX_REFUSALS_PER_MINUTE",
    flag: "<number>",
    help: `requests without a known user from one address in a minute, before they get 429; ${unlessNone("maxRefusalsPerMinute")}`,
  }),
  maxThreadsPerUser: optional(wholeNumber(1, 1_000_000_000), {
    env: "CHATKIT_MAX_THREADS_PER_USER",
    flag: "<number>",
    help: "threads that one user may keep, counted once a minute (default: any number)",
  }),
  maxBytesPerUser: optional(bytes(1024, 1024 ** 4), {
    env: "CHATKIT_MAX_BYTES_PER_USER",
    flag: "<size>",
    help: "what the threads of one user may take in the database, counted once a minute (default: any size)",
  }),
  // Bun's connection timer takes at most 255 seconds and is not exact below 8; a heartbeat has to be sent before the timer fires.
  heartbeat: withDefault(duration(100, 120_000), "15s", {
    env: "CHATKIT_HEARTBEAT",
    flag: "<time>",
    help: "comment line on quiet streams every",
  }),
  writeTimeout: withDefault(duration(8000, 255_000), "60s", {
    env: "CHATKIT_WRITE_TIMEOUT",
    flag: "<time>",
    help: "cut a stream whose reader takes nothing for",
  }),
  shutdownGrace: withDefault(duration(0, 3_600_000), "20s", {
    env: "CHATKIT_SHUTDOWN_GRACE",
    flag: "<time>",
    help: "how long running answers may go on after SIGTERM",
  }),
  logLevel: withDefault(oneOf("debug", "info", "warn", "error", "silent"), "info", {
    env: "LOG_LEVEL",
    flag: "<level>",
    help: "debug, info, warn, error or silent",
  }),
  logFormat: withDefault(oneOf("json", "pretty"), "json", { env: "LOG_FORMAT", flag: "<format>", help: "json or pretty" }),
  logUserIds: withDefault(oneOf("plain", "hashed"), "plain", {
    env: "CHATKIT_LOG_USER_IDS",
    flag: "<form>",
    help: "plain, or hashed: the log tells users apart, but does not name them",
  }),
} satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;
/** The values in force; times in milliseconds, sizes in bytes. */
export type Config = { [K in OptionName]: ReturnType<(typeof OPTIONS)[K]["parse"]> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

const spelled = (name: string, separator: string) => name.replace(/[A-Z]/g, (letter) => separator + letter.toLowerCase());
export const flagName = (name: OptionName): string => `--${spelled(name, "-")}`;
export const fileKey = (name: OptionName): string => spelled(name, "_");
