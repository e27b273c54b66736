{{ differing_figures(ref('rpt_published_comparison')) }}
