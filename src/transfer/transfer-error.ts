import { codeOf } from "../errors.ts";

/** Thrown when a transfer cannot go on. Its message is one line for the person who runs it. */
export class TransferError extends Error {
  override readonly name = "TransferError";

  constructor(
    message: string,
    /** Whether the command was wrong (its key, folder or option), in contrast to something that went wrong on the way. */
    readonly isMisuse = false,
  ) {
    super(message);
  }
}

const MAKE_ROOM = "make room and run the same command again, it goes on from there";
const DISK_FULL = /^(ENOSPC|EDQUOT|EFBIG|SQLITE_FULL)$/;
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/;
/** The codes of errors that mean that the user has named a folder which cannot be used at all. */
const NO_ACCESS = /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|ELOOP|ENAMETOOLONG|SQLITE_(READONLY|CANTOPEN|PERM|AUTH).*)$/;
const DISK_TROUBLE = /^(E[A-Z]+|SQLITE_.*)$/;

/** An error of the disk or of the ledger as a TransferError about the folder; any other error as it is. */
export function asDiskError(thrown: unknown, folder: string, isMisuse = false): unknown {
  const code = codeOf(thrown);
  if (DISK_FULL.test(code)) return new TransferError(`the disk that holds ${folder} is full: ${MAKE_ROOM}`);
  if (DAMAGED.test(code)) return new TransferError(`the ledger.sqlite in ${folder} is damaged: bring it back, or save into a new folder`);
  if (!DISK_TROUBLE.test(code)) return thrown;
  if (code === "ENOENT") return new TransferError(`there is no folder ${folder}`, true);
  return new TransferError(`${folder} cannot be used: ${(thrown as Error).message}`, isMisuse || NO_ACCESS.test(code));
}
