import type { Operation } from "../protocol/requests.ts";

/** What is learnt about an answer while it is written; the requests that read it share it. */
export type Fate = {
  /** The thread, once it is known: a new one gets its id while the answer begins. */
  threadId?: string;
  /** The code of the error that the answer ended with. */
  code?: string | undefined;
};

/** What is learnt about one request while it is answered, for its line in the access log. */
export type RequestNote = {
  operation?: Operation;
  userId?: string;
  threadId?: string;
  /** The code and the reason of the error that this request ended with, whatever became of the answer. */
  code?: string;
  reason?: string;
  /** The answer that it reads, if it reads one. */
  answer?: Fate;
};
