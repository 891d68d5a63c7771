// Store threads somewhere else
// `BaseStore` makes a whole store out of eleven methods; `./db.ts` is your database here, with rows in order of insertion.
// chatkit-server --agent store.ts

import { Agent } from "@openai/agents";
import { AgentServer, BaseStore, NotFoundError, type Ports, type RequestContext, type Store } from "chatkit-server";
import { db } from "./db.ts";

type S = Store<RequestContext>;
const found = async <T>(row: Promise<T | undefined>, what: string): Promise<T> => (await row) ?? Promise.reject(new NotFoundError(what));

class OwnStore extends BaseStore<RequestContext> {
  saveThread: S["saveThread"] = (thread, { userId }) => db.put([userId, "threads", thread.id], thread);
  loadThread: S["loadThread"] = (id, { userId }) => found(db.get([userId, "threads", id]), "thread");
  loadThreads: S["loadThreads"] = (limit, after, order, { userId }) => db.page([userId, "threads"], { limit, after, order });
  deleteThread: S["deleteThread"] = (id, { userId }) => db.delete([userId, "threads", id], [userId, "items", id]);
  addThreadItem: S["addThreadItem"] = (id, item, { userId }) => db.put([userId, "items", id, item.id], item);
  loadItem: S["loadItem"] = (id, itemId, { userId }) => found(db.get([userId, "items", id, itemId]), "item");
  loadThreadItems: S["loadThreadItems"] = (id, after, limit, order, { userId }) => db.page([userId, "items", id], { limit, after, order });
  deleteThreadItem: S["deleteThreadItem"] = (id, itemId, { userId }) => db.delete([userId, "items", id, itemId]);
  saveAttachment: S["saveAttachment"] = (file, { userId }) => db.put([userId, "files", file.id], file);
  loadAttachment: S["loadAttachment"] = (id, { userId }) => found(db.get([userId, "files", id]), "attachment");
  deleteAttachment: S["deleteAttachment"] = (id, { userId }) => db.delete([userId, "files", id]);
}

const agent = new Agent({ name: "Assistant", instructions: "You are a helpful assistant." });
export default (ports: Ports) => new AgentServer({ ...ports, store: new OwnStore() }, { agent });
