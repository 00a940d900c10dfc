import { defineConfig } from 'vite'

/** Of the control plane that a development server asks; the build asks its own origin. */
const api = 'http://127.0.0.1:8600'

export default defineConfig({
  // The policy of the control plane allows scripts only as files of its own: nothing is inlined.
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // antd marks its files for server components, which there are none of here.
      onwarn: (warning, tell) => (warning.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : tell(warning)),
    },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: api, changeOrigin: true, headers: { origin: api } } } },
})
