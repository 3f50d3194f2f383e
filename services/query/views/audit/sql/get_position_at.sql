select es.position_at(%(time)s)
