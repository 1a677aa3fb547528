# The registry alone: Node, the bundle of the command and the one addon that cannot be bundled. No shell, no package
# manager, no root. Context: the root of the repository.
#
#   docker build --file infra/registry.Dockerfile --tag tsreg:0.1.0 .
#
# RUNTIME may name a digest, or any base with the C++ runtime of Debian 12 or later.
ARG NODE=node:26.10.0-bookworm-slim
ARG RUNTIME=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE} AS build
WORKDIR /src
COPY . .
RUN npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
# The bundle looks for the addon in node_modules from its own place upwards.
RUN mkdir -p /app/node_modules \
 && cp -r packages/cli/dist/bundle /app/bundle \
 && cp -r node_modules/bcrypt node_modules/node-gyp-build /app/node_modules/ \
 && rm -rf /app/node_modules/bcrypt/node_modules /app/node_modules/bcrypt/src \
 && cp LICENSE /app/
# The one library of Node that a base for C++ lacks.
RUN mkdir /libraries && cp -L "$(ldd /usr/local/bin/node | awk '/libatomic/ { print $3 }')" /libraries/

FROM ${RUNTIME}
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /libraries /usr/lib/
COPY --from=build /app /app
# nonroot of distroless, as a number so that orchestrators see that it is not root.
USER 65532:65532
WORKDIR /app
# The health check of the compose file calls node by its name.
ENV PATH=/usr/local/bin:/usr/bin:/bin
EXPOSE 5000
# Behind "--" Node looks for no flags of its own.
ENTRYPOINT ["/usr/local/bin/node", "--disable-warning=ExperimentalWarning", "--", "/app/bundle/main.js"]
CMD ["serve"]
