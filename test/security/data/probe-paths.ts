/** Sixty paths that scanners ask for, and some that lead out of where they are. */
export const probePaths: readonly string[] = [
  ...'/ /index.html /index.php /.env /.git/config /.git/HEAD /.ssh/id_rsa /admin /login /logout'.split(
    ' ',
  ),
  ...'/metrics /debug /debug/pprof /status /server-status /actuator /actuator/env /info /version /api'.split(
    ' ',
  ),
  ...'/api/v1 /graphql /swagger.json /openapi.json /robots.txt /favicon.ico /sitemap.xml /wp-login.php'.split(
    ' ',
  ),
  ...'/wp-admin /phpmyadmin /console /shell /cgi-bin/test /backup.zip /dump.sql /data /data/grants.json'.split(
    ' ',
  ),
  ...'/grants.json /audit.ndjson /package.json /node_modules /dist/main.js /src/main.ts /Dockerfile'.split(
    ' ',
  ),
  ...'/.. /../etc/passwd /..%2f..%2fetc%2fpasswd /%2e%2e/%2e%2e/etc/passwd /....//etc/passwd'.split(
    ' ',
  ),
  ...'/oauth /oauth/ /oauth/token /oauth/callback/x /login/ /login/x/y /webex /webex/events/x'.split(
    ' ',
  ),
  ...'/HEALTHZ /healthz/ /healthz/x /readyz/x /%00 /%ff /;/ /~root'.split(' '),
  ...'//evil.example/x /?x=<script>'.split(' '),
];
