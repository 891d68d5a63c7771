/** Why a transfer cannot go on, in one line for who runs it. */
export class TransferError extends Error {
  override readonly name = "TransferError";

  constructor(
    message: string,
    /** Whether what was asked for is at fault (key, folder, option), and not what happened on the way. */
    readonly isMisuse = false,
  ) {
    super(message);
  }
}

const MAKE_ROOM = "make room and run the same command again, it goes on from there";
const DISK_FULL = /^(ENOSPC|EDQUOT|EFBIG|SQLITE_FULL)$/;
const DISK_TROUBLE = /^(E[A-Z]+|SQLITE_.*)$/;

/** What a file or the ledger threw, as a line about the folder; anything else as it is. */
export function asDiskError(thrown: unknown, folder: string, isMisuse = false): unknown {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (DISK_FULL.test(code)) return new TransferError(`the disk that holds ${folder} is full: ${MAKE_ROOM}`);
  if (DISK_TROUBLE.test(code)) return new TransferError(`${folder} cannot be used: ${(thrown as Error).message}`, isMisuse);
  return thrown;
}
