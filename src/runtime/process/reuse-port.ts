import { readdirSync } from "node:fs";

/** The place of a listener among those that share its port, in the order of Linux's own list. */
export type Seat = { index: number; count: number };

/** Constants of libc, the same on x86-64 and arm64. */
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_ATTACH_REUSEPORT_CBPF = 51;
const SO_DETACH_REUSEPORT_BPF = 68;
const FPROG_BYTES = 16;

/**
 * Makes the kernel give new connections only to the other listeners of this port. Without that, closing a listener resets the connections
 * that wait in its queue, and new ones come at any moment. Needs no privileges. Resolves to false where it cannot be done (another
 * system, another libc, a sandbox): then a few connections are reset.
 */
export async function sendElsewhere(port: number, { index, count }: Seat): Promise<boolean> {
  if (count < 2) return false;
  return withListener(port, (libc, fd) => libc.set(fd, SO_ATTACH_REUSEPORT_CBPF, filterProgram(anyBut(index, count), libc.ptr), FPROG_BYTES));
}

/** Makes the kernel give new connections to all listeners again. */
export async function spreadAgain(port: number): Promise<boolean> {
  return withListener(port, (libc, fd) => libc.set(fd, SO_DETACH_REUSEPORT_BPF, new Uint8Array(4), 4));
}

type Instruction = [code: number, ifTrue: number, ifFalse: number, operand: number];

/** A program for the kernel's packet filter that returns a random number below `count`, but never `index`. */
function anyBut(index: number, count: number): Instruction[] {
  const [LOAD, MODULO, IF_AT_LEAST, ADD, RETURN] = [0x20, 0x94, 0x35, 0x04, 0x16];
  const RANDOM = 0xfffff000 + 56;
  return [
    [LOAD, 0, 0, RANDOM],
    [MODULO, 0, 0, count - 1],
    [IF_AT_LEAST, 0, 1, index],
    [ADD, 0, 0, 1],
    [RETURN, 0, 0, 0],
  ];
}

/** A `struct sock_fprog`, followed by the `struct sock_filter[]` that it points to. */
function filterProgram(instructions: Instruction[], ptr: (bytes: Uint8Array) => number): Uint8Array {
  const bytes = new Uint8Array(FPROG_BYTES + 8 * instructions.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, instructions.length, true);
  view.setBigUint64(8, BigInt(ptr(bytes) + FPROG_BYTES), true);
  for (const [i, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
    const at = FPROG_BYTES + 8 * i;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, operand, true);
  }
  return bytes;
}

type Libc = Awaited<ReturnType<typeof openLibc>>;

async function withListener(port: number, work: (libc: Libc, fd: number) => boolean): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    const libc = await openLibc();
    const fd = readdirSync("/proc/self/fd").map(Number).find((one) => libc.isListener(one) && libc.portOf(one) === port);
    return fd !== undefined && work(libc, fd);
  } catch {
    // No such libc, or no access to it.
    return false;
  }
}

/** Loaded only when needed, which is once or twice in the life of a process. */
async function openLibc() {
  const { dlopen, FFIType, ptr } = await import("bun:ffi");
  const { i32, pointer, u32 } = FFIType;
  const { symbols } = dlopen("libc.so.6", {
    getsockname: { args: [i32, pointer, pointer], returns: i32 },
    getsockopt: { args: [i32, i32, i32, pointer, pointer], returns: i32 },
    setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
  });
  return {
    ptr: ptr as (bytes: Uint8Array) => number,
    set: (fd: number, option: number, value: Uint8Array, bytes: number) => symbols.setsockopt(fd, SOL_SOCKET, option, ptr(value), bytes) === 0,
    isListener: (fd: number) => {
      const [value, length] = [new Int32Array(1), new Uint32Array([4])];
      return symbols.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, ptr(value), ptr(length)) === 0 && value[0] === 1;
    },
    /** For IPv4 and IPv6 the port follows the two bytes of the family, most significant byte first. */
    portOf: (fd: number) => {
      const [address, length] = [new Uint8Array(128), new Uint32Array([128])];
      symbols.getsockname(fd, ptr(address), ptr(length));
      return (address[2]! << 8) | address[3]!;
    },
  };
}
