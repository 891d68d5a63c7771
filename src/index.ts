/**
 * The library: the names that users write their own servers and agents against, those of the Python SDK in camelCase. This file
 * exports them, and never has code of its own.
 */

export { ChatKitError, CustomStreamError, NotFoundError, RequestError, StreamError, errorBody, toChatKitError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export { VERSION } from "./version.ts";

export type { Action, ActionConfig } from "./protocol/actions.ts";
export type * from "./protocol/attachments.ts";
export type { SentEvent, StreamOptions, ThreadStreamEvent } from "./protocol/events.ts";
export type { IconName } from "./protocol/icons.ts";
export type { InferenceOptions, InputTag, InputText, UserMessageContent, UserMessageInput } from "./protocol/input.ts";
export type * from "./protocol/items.ts";
export type { ChatKitRequest, Operation } from "./protocol/requests.ts";
export type { Annotation, EntitySource, FileSource, Source, URLSource } from "./protocol/sources.ts";
export type { StructuredInput, StructuredInputAnswer, StructuredInputSubmission } from "./protocol/structured-input.ts";
export type { Page, Thread, ThreadMetadata, ThreadStatus } from "./protocol/thread.ts";
export type { ThreadItemUpdate } from "./protocol/updates.ts";
export type * from "./protocol/names.ts";
export type * from "./protocol/widget-types.ts";
export type * from "./protocol/workflows.ts";
export { applyUpdate } from "./protocol/apply-update.ts";
export { isHidden } from "./protocol/items.ts";
export { isStreaming as isStreamingReq } from "./protocol/requests.ts";

export type { FeedbackKind, IsDead, Order, Run, RunInput, RunOpening, SigningKey, Store, StoreItemType, ThreadChange, ThreadUpdate, UserScope } from "./store/store.ts";
export { LostRun } from "./store/lost-run.ts";
export { StaleItem } from "./store/stale-item.ts";
export { generateId } from "./store/ids.ts";
export { BaseStore } from "./store/base-store.ts";
export { MemoryStore } from "./store/memory/store.ts";
export { SqliteStore } from "./store/sqlite/store.ts";
export { PostgresStore } from "./store/postgres/store.ts";
export type { PostgresOptions } from "./store/postgres/store.ts";
export type { AttachmentStore, MadeImage } from "./attachments/attachment-store.ts";
export type { ByteStore, StoredBytes } from "./attachments/byte-store.ts";
export { DiskBytes } from "./attachments/disk.ts";
export { S3Bytes } from "./attachments/s3.ts";
export type { S3Options } from "./attachments/s3.ts";
export { MemoryBytes } from "./attachments/memory.ts";
export { StoredAttachments } from "./attachments/stored-attachments.ts";
export type { TypeRule, UploadRules } from "./attachments/upload-rules.ts";

export { accumulateText } from "./widgets/accumulate-text.ts";
export { diffWidget } from "./widgets/diff-widget.ts";
export { streamWidget } from "./widgets/stream-widget.ts";
export { WidgetTemplate } from "./widgets/widget-template.ts";
export type { WidgetDefinition } from "./widgets/widget-template.ts";

export type { Audit, AuditEntry } from "./server/audit.ts";
export { ChatKitServer } from "./server/chatkit-server.ts";
export type { Ports } from "./server/chatkit-server.ts";
export { askedBy } from "./server/context.ts";
export type { Asked, Logger, RequestContext, Turn } from "./server/context.ts";
export type { AudioInput, Transcriber } from "./server/hooks.ts";
export { Limits } from "./server/limits/limits.ts";
export type { LimitOptions } from "./server/limits/limits.ts";
export type { RequestNote } from "./server/request-note.ts";
export { NonStreamingResult, StreamingResult } from "./server/result.ts";
export { assistantMessage, clientEffect, hiddenContext, progress, widgetItem } from "./server/builders.ts";
export { parseAction } from "./server/parse-action.ts";

export { AgentContext, agentContext } from "./agents/agent-context.ts";
export type { ClientToolCall } from "./agents/agent-context.ts";
export { approvalAnswered, approvalDecision } from "./agents/approvals/approval-decision.ts";
export { AgentServer } from "./agents/agent-server.ts";
export type { AgentServerOptions } from "./agents/agent-server.ts";
export { clientTool } from "./agents/client-tool.ts";
export { DemoModel, DemoProvider } from "./agents/demo/demo-model.ts";
export { configureModels } from "./agents/models/model-provider.ts";
export { transcriber } from "./agents/models/transcription.ts";
export type { TranscriptionOptions } from "./agents/models/transcription.ts";
export type { ModelOptions } from "./agents/models/model-provider.ts";
export type { ItemContext, UserInputPart } from "./agents/input/input-items.ts";
export { pauseRun, resumeRun } from "./agents/approvals/pause-run.ts";
export type { Decision, ResumeOptions } from "./agents/approvals/pause-run.ts";
export { ResponseStreamConverter } from "./agents/response/response-stream-converter.ts";
export type { ContainerFileCitation, FileCitation, UrlCitation } from "./agents/response/response-stream-converter.ts";
export { streamAgentResponse } from "./agents/response/stream-agent-response.ts";
export { simpleToAgentInput, ThreadItemConverter } from "./agents/input/thread-item-converter.ts";
export { streamRun } from "./agents/stream-run.ts";
export type { PreparedRun, RunSettings } from "./agents/stream-run.ts";
export { startTitle } from "./agents/titles.ts";
export type { PendingTitle, TitleWish } from "./agents/titles.ts";
export type { ToolActivityMode } from "./agents/activity/tool-activity.ts";
export { onAgentRun } from "./agents/usage.ts";
export type { AgentRunReport } from "./agents/usage.ts";

export type { Authenticator, Principal } from "./auth/authenticator.ts";
export { noAuthentication } from "./auth/none.ts";
export { trustedHeader } from "./auth/trusted-header.ts";
export type { TrustedHeaderOptions } from "./auth/trusted-header.ts";
export { jwtAuthenticator } from "./auth/jwt.ts";
export type { JwtKey, JwtOptions } from "./auth/jwt.ts";
export { Sessions } from "./auth/sessions.ts";
export type { CancelledSessions, Session } from "./auth/sessions.ts";

export { createApp } from "./http/app.ts";
export type { AppOptions } from "./http/app.ts";
export { RequestContexts } from "./http/contexts.ts";
export { attachmentRoutes } from "./http/routes/attachments.ts";
export { sseResponse } from "./http/sse-response.ts";
