def render(explanation): raise NotImplementedError
