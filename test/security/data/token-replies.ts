/** Twelve answers of a token endpoint that are none, each a success by its status. */
export const malformedTokenReplies: readonly string[] = [
  '',
  '{"',
  'null',
  '[]',
  '"token"',
  '42',
  '{}',
  '{"access_token":"","token_type":"Bearer","expires_in":60}',
  '{"access_token":17,"token_type":"Bearer","expires_in":60}',
  '{"access_token":"t","token_type":"mac","expires_in":60}',
  '{"access_token":"t","expires_in":60}',
  '<html>busy</html>',
];
