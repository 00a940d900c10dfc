/** The few pages that the provider shows itself: without script, in both languages. */
const page = (title: string, body: string): string =>
  `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${title}</title><style>body{font:16px/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#1c2733}h1{font-size:1.3rem}button{font:inherit;padding:.4rem 1rem;margin-right:.6rem}code{color:#5b6773}</style></head><body>${body}</body></html>`

const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`)

export const errorPage = (error: string, description: string | undefined): string =>
  page(
    '华表 Huabiao',
    `<h1>登录请求无效 / This sign-in request is not valid</h1><p>请回到应用重新登录；仍不成功时把下面的代码告知应用管理员。<br>Go back to the application; if it fails again, tell its administrator this code.</p><p><code>${escaped(error)}${description ? `: ${escaped(description)}` : ''}</code></p>`,
  )
/** @param form the provider's own form, already safe */
export const logoutPage = (form: string): string =>
  page(
    '华表 Huabiao',
    `<h1>退出应用的登录 / Sign out of the application</h1><p>结束本次授权；平台自身的登录不受影响。<br>This ends what the application was given; your session here goes on.</p>${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">退出 / Sign out</button><button type="submit" form="op.logoutForm">取消 / Stay</button>`,
  )
export const signedOutPage = page('华表 Huabiao', '<h1>已退出 / You are signed out</h1>')
