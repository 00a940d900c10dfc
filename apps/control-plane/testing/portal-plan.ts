import type { ChangePlan } from '@huabiao/domains/change/change-plan.model'

/** A new version of a service: look, deploy, confirm; one target per batch, no soak. */
export function portalPlan(targetIds: readonly string[]): ChangePlan {
  const expectOk = { exitCodes: [0], checks: [{ kind: 'contains' as const, text: 'state=running' }] }
  const step = { account: 'hb-app', timeoutSeconds: 10, repeat: 'idempotent' as const }
  return {
    impact: '门户前端连接数上限提高，期间不中断服务。',
    emergencyPlan: '若健康检查失败，立即按步骤回退并通知客户接口人。',
    steps: [
      {
        ...step,
        key: 'look',
        title: '检查现状',
        phase: 'precheck',
        danger: 1,
        action: { kind: 'command', line: 'appctl status' },
        expect: expectOk,
        rollback: null,
      },
      {
        ...step,
        key: 'deploy',
        title: '部署新版本',
        phase: 'execute',
        danger: 3,
        action: { kind: 'command', line: 'appctl deploy 2.4.0' },
        expect: { exitCodes: [0], checks: [{ kind: 'contains', text: 'deployed 2.4.0' }] },
        rollback: {
          kind: 'action',
          action: { kind: 'command', line: 'appctl rollback' },
          expect: { exitCodes: [0], checks: [] },
        },
      },
      {
        ...step,
        key: 'confirm',
        title: '确认版本',
        phase: 'verify',
        danger: 1,
        action: { kind: 'command', line: 'appctl version' },
        expect: { exitCodes: [0], checks: [{ kind: 'line', text: '2.4.0' }] },
        rollback: null,
      },
    ],
    batches: targetIds.map((id) => ({ targetIds: [id], soakSeconds: 0 })),
    health: { account: 'hb-app', action: { kind: 'command', line: 'appctl status' }, expect: expectOk, timeoutSeconds: 10 },
  }
}
