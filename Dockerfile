# A chatkit server that runs as nobody and keeps its data in /data:
#
#   docker build -t chatkit .
#   docker run -d --name chatkit -p 55555:55555 -v chatkit:/data chatkit
#   docker exec chatkit chatkit admin --data /data users
FROM python:3.13-slim AS build
COPY . /source
RUN pip install --no-cache-dir --prefix=/installed /source

FROM python:3.13-slim
COPY --from=build /installed /usr/local
RUN install -d -o nobody -g nogroup -m 0700 /data
USER nobody
ENV PYTHONUNBUFFERED=1 CHATKIT_DATA=/data CHATKIT_HOST=0.0.0.0 CHATKIT_DISCOVERY=off
VOLUME /data
EXPOSE 55555
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["chatkit", "admin", "stats"]
ENTRYPOINT ["chatkit"]
CMD ["serve"]
