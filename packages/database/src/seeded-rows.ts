import type { ExpectedRows } from '@fossawork/migrate'

// What v004 and v005 insert. It stands here a second time, since a migration's text must never change; a test holds the
// two against each other.

const rule = (
  name: string,
  endpoint_pattern: string,
  [max_requests, window_seconds, burst_size]: readonly [number, number, number],
  {
    method = null,
    applies_to = 'user',
    user_tier = null,
  }: { method?: string | null; applies_to?: string; user_tier?: string | null } = {},
) => ({
  name,
  endpoint_pattern,
  method,
  max_requests,
  window_seconds,
  burst_size,
  applies_to,
  user_tier,
})

/** The rules that limit how often each part of the API may be called. */
export const RATE_LIMIT_RULES: ExpectedRows = {
  kind: 'rows',
  category: 'security',
  name: 'rate-limit rules',
  table: 'rate_limit_rules',
  key: 'name',
  active: 'is_active',
  rows: [
    rule('login_attempt', '/api/auth/login', [5, 300, 2], { method: 'POST', applies_to: 'ip' }),
    rule('password_reset', '/api/auth/reset-password', [3, 3600, 1], {
      method: 'POST',
      applies_to: 'ip',
    }),
    rule('register', '/api/auth/register', [3, 3600, 1], { method: 'POST', applies_to: 'ip' }),
    rule('api_general', '/api/*', [100, 60, 20], { user_tier: 'free' }),
    rule('api_premium', '/api/*', [1000, 60, 100], { user_tier: 'premium' }),
    rule('api_enterprise', '/api/*', [10000, 60, 500], { user_tier: 'enterprise' }),
    rule('scraping', '/api/scraping/*', [10, 300, 2]),
    rule('automation', '/api/automation/*', [20, 300, 5]),
    rule('bulk_operations', '/api/bulk/*', [5, 600, 1]),
    rule('public_api', '/api/public/*', [10, 3600, 2], { applies_to: 'ip' }),
  ],
}

const policy = (
  policy_name: string,
  data_type: string,
  retention_days: number,
  deletion_strategy: 'archive' | 'delete',
) => ({ policy_name, data_type, retention_days, deletion_strategy })

/** How long each kind of record is kept. */
export const RETENTION_POLICIES: ExpectedRows = {
  kind: 'rows',
  category: 'security',
  name: 'retention policies',
  table: 'data_retention_policies',
  key: 'policy_name',
  active: 'is_active',
  rows: [
    policy('user_activity_logs', 'user_activities', 365, 'archive'),
    policy('security_events', 'security_events', 730, 'archive'),
    policy('api_access_logs', 'api_access_logs', 90, 'delete'),
    policy('failed_logins', 'failed_login_attempts', 180, 'delete'),
    policy('audit_trail', 'audit_trail', 2555, 'archive'),
    policy('compliance_logs', 'compliance_logs', 2555, 'archive'),
    policy('session_data', 'user_sessions', 30, 'delete'),
    policy('temporary_files', 'temp_files', 7, 'delete'),
  ],
}
