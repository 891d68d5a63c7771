# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /build
# The dependencies first: they change less often than the sources.
COPY package.json package-lock.json .npmrc bunfig.toml ./
COPY .ci/ensure-bun.cjs .ci/types-for-links.cjs .ci/
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY .ci .ci
COPY sql sql
COPY src src
ARG BUILD_COMMIT=unknown
RUN BUILD_COMMIT=$BUILD_COMMIT npm run build && mkdir /data

# glibc and certificates, and nothing else: no shell, no package manager.
FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /build/dist/chatkit-server /usr/local/bin/chatkit-server
COPY --from=build --chown=nonroot:nonroot /data /data
WORKDIR /data
VOLUME /data
# A container is reached from outside, so the server asks for CHATKIT_AUTH before it starts.
ENV HOST=0.0.0.0 PORT=8000 DATABASE_URL=sqlite:/data/chatkit.db
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["chatkit-server", "health"]
ENTRYPOINT ["chatkit-server"]
CMD ["serve"]
