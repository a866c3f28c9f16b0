"""Find in a file what a comparison needs: forward, cost, backward, parameters, arguments."""
