/**
 * Bytes to be written over. Until then they are what that memory held before, which may be what others have said: show none of it. To
 * fill ten megabytes with zeros can hold the event loop for 50 ms.
 */
export const unfilled = (length: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
