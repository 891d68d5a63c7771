import { SignJWT, exportJWK, generateKeyPair, type JWK } from "jose";

const inAMinute = () => Math.floor(Date.now() / 1000) + 60;

/** Somebody who signs tokens, and what a key set says of their key. */
export async function signer(kid: string, alg = "ES256") {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg };
  const sign = (header: object = {}, claims: object = {}) =>
    new SignJWT({ sub: "ada", iss: "https://issuer.example", aud: "chat", exp: inAMinute(), ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
  return { jwk, sign };
}

/** A server that publishes key sets; what it answers can be changed at any time. */
export function keyServer(answer: () => Response | Promise<Response>) {
  const asked: string[] = [];
  const state = { answer };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    fetch(request) {
      asked.push(new URL(request.url).pathname);
      return state.answer();
    },
  });
  return {
    url: `${server.url.origin}/jwks`,
    asked,
    publish: (...keys: unknown[]) => void (state.answer = () => Response.json({ keys })),
    answerWith: (next: () => Response | Promise<Response>) => void (state.answer = next),
    stop: () => server.stop(true),
  };
}
